namespace Carillon.Delivery.Email;

/// <summary>A mail that somebody wants sent, and their wish to stop. The answer is given once.</summary>
internal sealed class WaitingMail : IDisposable
{
    // Whoever waits goes on right where the server's answer was read: what follows an answer is short.
    private readonly TaskCompletionSource<SendResult> _answer = new();
    private readonly CancellationTokenRegistration _stopped;
    private readonly CancellationTokenRegistration _recalled;
    private Action<TaskCompletionSource<SendResult>>? _end;

    public WaitingMail(OutgoingMail mail, CancellationToken cancel)
    {
        (Mail, Cancel) = (mail, cancel);
        _stopped = cancel.UnsafeRegister(static self => ((WaitingMail)self!).StopWaiting(), this);
        _recalled = mail.Recalled.UnsafeRegister(static self => ((WaitingMail)self!).StopWaiting(), this);
    }

    public OutgoingMail Mail { get; }
    public CancellationToken Cancel { get; }
    public Task<SendResult> Answer => _answer.Task;

    /// <summary>A connection takes it: from now on the connection decides what cancelling means. False when it was cancelled or recalled before.</summary>
    public bool TryTake()
    {
        Dispose();
        return !_answer.Task.IsCompleted;
    }

    /// <summary>How it ended; the first word counts. Nobody hears of it before <see cref="Tell"/>.</summary>
    public void Decide(SendResult result) => _end ??= answer => answer.TrySetResult(result);

    public void Decide(Exception fault) => _end ??= answer =>
    {
        if (fault is OperationCanceledException) answer.TrySetCanceled(Cancel);
        else answer.TrySetException(fault);
    };

    public void Tell() => _end!(_answer);

    public void Dispose()
    {
        _stopped.Dispose();
        _recalled.Dispose();
    }

    private void StopWaiting() => _answer.TrySetCanceled(Cancel);
}
