using System.Collections.Concurrent;

namespace Carillon.Queue;

/// <summary>
/// Wakes the queue of a sender when messages for it were committed in this process, and tells it on which shards. Messages of
/// other processes, and those that become due, are found by looking once a second.
/// </summary>
public sealed class QueueSignal
{
    /// <summary>No sender: the runner of tasks.</summary>
    public const int Tasks = -1;

    private readonly ConcurrentDictionary<int, Bell> _bells = new();

    public void Wake(int senderId, short shard) => Of(senderId).Ring(shard);

    /// <summary>The shards that the sender was woken for since it last asked.</summary>
    public IReadOnlyList<short> Take(int senderId) => Of(senderId).Take();

    /// <summary>Returns the shards that the sender was woken for, or none after <paramref name="longest"/>: then any may have something.</summary>
    public async Task<IReadOnlyList<short>> WaitAsync(int senderId, TimeSpan longest, TimeProvider time, CancellationToken cancel)
    {
        var bell = Of(senderId);
        if (bell.Take() is { Count: > 0 } waiting) return waiting;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using var timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), timeout, longest, Timeout.InfiniteTimeSpan);
        try
        {
            await bell.Rung.WaitAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // The time is up: the caller looks for what became due.
        }
        return bell.Take();
    }

    private Bell Of(int senderId) => _bells.GetOrAdd(senderId, _ => new Bell());

    private sealed class Bell
    {
        private readonly Lock _gate = new();
        private readonly HashSet<short> _shards = [];

        public SemaphoreSlim Rung { get; } = new(0);

        public void Ring(short shard)
        {
            lock (_gate)
            {
                _shards.Add(shard);
                if (Rung.CurrentCount == 0) Rung.Release();
            }
        }

        public IReadOnlyList<short> Take()
        {
            lock (_gate)
            {
                List<short> shards = [.. _shards];
                _shards.Clear();
                Rung.Wait(0);
                return shards;
            }
        }
    }
}
