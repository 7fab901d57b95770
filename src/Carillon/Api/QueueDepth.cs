using Carillon.Queue;
using Carillon.Storage;

namespace Carillon.Api;

/// <summary>How many messages wait, and how old the oldest is that is due: the two numbers that tell whether the server keeps up.</summary>
public sealed class QueueDepth(Database database, TimeProvider time)
{
    public const string Waiting = "carillon_queue_depth";
    public const string WaitingHelp = "Messages that wait, due or not.";
    public const string OldestReady = "carillon_queue_oldest_ready_seconds";
    public const string OldestReadyHelp = "Age of the oldest message that is due and still waits. Alarm on it.";

    public Task<(long Waiting, double OldestReadySeconds)> ReadAsync(CancellationToken cancel) => database.ReadAsync(async session =>
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var (waiting, oldest) = await MessageStore.DepthAsync(session, database.Shards, now, cancel);
        return (waiting, oldest == 0 ? 0 : (now - oldest) / 1000.0);
    }, cancel);
}
