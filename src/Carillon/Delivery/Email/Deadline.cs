namespace Carillon.Delivery.Email;

/// <summary>
/// The time that the present phase may take and the caller's wish to stop, as one token that reaches the socket. One per
/// connection, so that a message costs no timers.
/// </summary>
internal sealed class Deadline(TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource source = new(Timeout.InfiniteTimeSpan, time);
    private CancellationTokenRegistration registration;
    private CancellationToken caller;

    public CancellationToken Token => source.Token;
    /// <summary>How long the present phase may take, for the sentence when it took longer.</summary>
    public TimeSpan Limit { get; private set; }
    public bool Passed => source.IsCancellationRequested;

    public void Start(TimeSpan limit)
    {
        Limit = limit;
        source.CancelAfter(limit);
    }

    /// <summary>From now on the caller's cancelling stops everything at once.</summary>
    public void Obey(CancellationToken cancel)
    {
        caller = cancel;
        registration = cancel.UnsafeRegister(static self => ((Deadline)self!).source.Cancel(), this);
    }

    /// <summary>From now on the caller's cancelling leaves the present phase <paramref name="grace"/> to end.</summary>
    /// <exception cref="OperationCanceledException">The caller had already cancelled.</exception>
    public void ObeyAfter(TimeSpan grace)
    {
        registration.Dispose(); // waits for a callback that is running, so the next line sees it
        caller.ThrowIfCancellationRequested();
        registration = caller.UnsafeRegister(_ => source.CancelAfter(Min(grace, Limit)), null);
    }

    /// <summary>The caller has its answer; what follows is our own business.</summary>
    public void Forget()
    {
        registration.Dispose();
        caller = CancellationToken.None;
        source.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    /// <exception cref="OperationCanceledException">It was the caller, not the clock.</exception>
    public void ThrowIfCallerStopped() => caller.ThrowIfCancellationRequested();

    public void Dispose()
    {
        registration.Dispose();
        source.Dispose();
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
