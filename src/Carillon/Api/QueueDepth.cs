using Carillon.Queue;
using Carillon.Storage;

namespace Carillon.Api;

/// <summary>
/// How many messages wait, and how old the oldest is that is due: the two numbers that tell whether the server keeps up. A count reads all
/// that waits, and anybody may ask: so there is one at a time, and what it came to is told for five seconds.
/// </summary>
public sealed class QueueDepth(Database database, TimeProvider time)
{
    public const string Waiting = "carillon_queue_depth";
    public const string WaitingHelp = "Messages that wait, due or not.";
    public const string OldestReady = "carillon_queue_oldest_ready_seconds";
    public const string OldestReadyHelp = "Age of the oldest message that is due and still waits. Alarm on it.";

    public static readonly TimeSpan Kept = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Task<(long Waiting, double OldestReadySeconds)>? _count;
    private long _counted;

    public Task<(long Waiting, double OldestReadySeconds)> ReadAsync(CancellationToken cancel)
    {
        lock (_gate)
        {
            // From the pool: a store may answer on the caller's thread, who holds the gate here.
            if (_count is null || (_count.IsCompleted && time.GetElapsedTime(Interlocked.Read(ref _counted)) >= Kept)) _count = Task.Run(CountAsync, CancellationToken.None);
            return _count.WaitAsync(cancel);
        }
    }

    /// <summary>For all who ask meanwhile, so none of them can cancel it.</summary>
    private async Task<(long Waiting, double OldestReadySeconds)> CountAsync()
    {
        try
        {
            return await database.ReadAsync(async session =>
            {
                var now = time.GetUtcNow().ToUnixTimeMilliseconds();
                var (waiting, oldest) = await MessageStore.DepthAsync(session, database.Shards, now, CancellationToken.None);
                return (waiting, oldest == 0 ? 0 : (now - oldest) / 1000.0);
            }, CancellationToken.None);
        }
        finally
        {
            Interlocked.Exchange(ref _counted, time.GetTimestamp());
        }
    }
}
