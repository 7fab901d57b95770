using System.Collections.Concurrent;

namespace Carillon.Queue;

/// <summary>Wakes the queue of a sender when messages for it were committed in this process. Messages of other processes,
/// and those that become due, are found by looking once a second.</summary>
public sealed class QueueSignal
{
    private readonly ConcurrentDictionary<int, SemaphoreSlim> _bells = new();

    public void Wake(int senderId)
    {
        var bell = Bell(senderId);
        if (bell.CurrentCount == 0) bell.Release();
    }

    /// <summary>Returns when the sender was woken, or after <paramref name="longest"/>.</summary>
    public async Task WaitAsync(int senderId, TimeSpan longest, TimeProvider time, CancellationToken cancel)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using var timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), timeout, longest, Timeout.InfiniteTimeSpan);
        try
        {
            await Bell(senderId).WaitAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // The time is up: the caller looks for what became due.
        }
    }

    private SemaphoreSlim Bell(int senderId) => _bells.GetOrAdd(senderId, _ => new SemaphoreSlim(0));
}
