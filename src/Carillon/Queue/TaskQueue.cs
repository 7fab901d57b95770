using System.Text.Json.Nodes;
using Carillon.Storage;

namespace Carillon.Queue;

/// <summary>Stores tasks, and wakes the runner of this process.</summary>
public sealed class TaskQueue(Database database, QueueSignal signal, Ids ids, TimeProvider time)
{
    /// <summary>A task that is not stored yet.</summary>
    /// <param name="terms">What its kind needs beside the items.</param>
    public StoredTask New(string kind, string tokenName, string requestId, JsonObject terms, long total)
    {
        var shard = (short)(database.Shards == 1 ? 0 : Random.Shared.Next(database.Shards));
        return new StoredTask
        {
            Shard = shard, Id = ids.New(shard), Kind = kind, TokenName = tokenName, RequestId = requestId, Terms = terms, Total = total,
            Created = time.GetUtcNow().ToUnixTimeMilliseconds(),
        };
    }

    /// <summary>Returns when the task is on disk. For one that is caused by something else, use
    /// <see cref="TaskStore.InsertAsync"/> in the transaction of that, then <see cref="Wake"/>.</summary>
    public async Task EnqueueAsync(StoredTask task, IEnumerable<JsonNode> items, CancellationToken cancel)
    {
        await database.WriteAsync(session => TaskStore.InsertAsync(session, task, items, cancel), cancel);
        Wake(task);
    }

    /// <summary>After the commit; without it the task is found within a second.</summary>
    public void Wake(StoredTask task) => signal.Wake(QueueSignal.Tasks, task.Shard);
}
