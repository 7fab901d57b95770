using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Storage;

namespace Carillon.Queue;

/// <summary>The statements over tasks, their input and their results.</summary>
public static class TaskStore
{
    /// <summary>The most items of a piece of input, and with that of a transaction.</summary>
    public const int MaxPiece = 200;

    /// <summary>Where a piece of large items ends before that, in characters.</summary>
    private const int MaxPieceLength = 256 << 10;

    private const string Columns = """
        shard, id, kind, token, request_id, state, doc, total, done, failed, cursor, faults, reason, created, updated
        """;

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly SetStatement<StoredTask> InsertTasks = new("""
        INSERT INTO tasks (shard, id, kind, token, request_id, state, doc, total, done, failed, cursor, run_at, faults, reason, created, updated)
        SELECT shard, id, kind, token, request_id, 0, doc, total, 0, 0, '', created, 0, '', created, created FROM {set}
        """,
        new("shard", SqlType.SmallInt, t => t.Shard), new("id", SqlType.Text, t => t.Id), new("kind", SqlType.Text, t => t.Kind), new("token", SqlType.Text, t => t.TokenName),
        new("request_id", SqlType.Text, t => t.RequestId), new("doc", SqlType.Text, t => t.Terms.ToJsonString(Compact)), new("total", SqlType.BigInt, t => t.Total),
        new("created", SqlType.BigInt, t => t.Created));

    private static readonly Column<Piece>[] PieceColumns =
    [
        new("shard", SqlType.SmallInt, p => p.Task.Shard), new("task_id", SqlType.Text, p => p.Task.Id),
        new("position", SqlType.BigInt, p => p.Position), new("doc", SqlType.Text, p => p.Document),
    ];

    private static readonly SetStatement<Piece> InsertInput = new("INSERT INTO task_input (shard, task_id, position, doc) SELECT shard, task_id, position, doc FROM {set}", PieceColumns);

    private static readonly SetStatement<Piece> InsertResults = new("INSERT INTO task_results (shard, task_id, position, doc) SELECT shard, task_id, position, doc FROM {set}", PieceColumns);

    // The piece that holds an item.
    private const string SelectInput = """
        SELECT position, doc FROM task_input WHERE shard = @shard AND task_id = @task_id AND position <= @item ORDER BY position DESC LIMIT 1
        """;

    private const string DeleteInput = "DELETE FROM task_input WHERE shard = @shard AND task_id = @task_id";

    private const string SelectTask = $"SELECT {Columns} FROM tasks WHERE shard = @shard AND id = @id";

    private const string SelectResults = """
        SELECT doc FROM task_results WHERE shard = @shard AND task_id = @task_id AND position < @until AND position >=
            (SELECT COALESCE(MAX(position), 0) FROM task_results WHERE shard = @shard AND task_id = @task_id AND position <= @first)
        ORDER BY position
        """;

    // Where is anything due?
    private static readonly SetStatement<(short Shard, long Now)> SelectDue = new("""
        SELECT t.shard, t.run_at FROM {set} JOIN tasks t ON t.shard = r.shard AND t.state < 2 AND t.run_at <= r.now ORDER BY t.run_at
        """, new("shard", SqlType.SmallInt, d => d.Shard), new("now", SqlType.BigInt, d => d.Now)) { MostPerItem = 1 };

    private const string SelectOpen = $"SELECT {Columns} FROM tasks WHERE shard = @shard AND state < 2";

    // The one that waits longest. Its row's lock is the claim, which ends with the turn's transaction, however that ends.
    private const string TakeDue = $$"""
        SELECT {{Columns}} FROM tasks WHERE shard = @shard AND state < 2 AND run_at <= @now ORDER BY run_at LIMIT 1 {skip_locked}
        """;

    private const string Advance = """
        UPDATE tasks SET state = @next, cursor = @cursor, total = @total, done = @done, failed = @failed, run_at = @now, faults = 0, reason = @reason, updated = @now
        WHERE shard = @shard AND id = @id
        """;

    // Unless somebody brought it forward meanwhile, or put it off.
    private const string PutOff = """
        UPDATE tasks SET state = @next, run_at = @run_at, faults = @faults, reason = @reason, updated = @now
        WHERE shard = @shard AND id = @id AND state < 2 AND cursor = @cursor AND faults = @faults_before
        """;

    /// <param name="items">JSON, in the form that the task's kind reads again; none for a kind that has no items.</param>
    public static async Task InsertAsync(Session session, StoredTask task, IEnumerable<JsonNode> items, CancellationToken cancel)
    {
        await session.ExecuteSetAsync(InsertTasks, [task], cancel);
        foreach (var piece in Pieces(task, items)) await session.ExecuteSetAsync(InsertInput, [piece], cancel);
    }

    /// <summary>The items from one on, as far as its piece reaches and at most so many; none after the last.</summary>
    public static async Task<List<JsonNode?>> ReadItemsAsync(Session session, StoredTask task, long first, int most, CancellationToken cancel)
    {
        var piece = (await session.QueryAsync(SelectInput, row => (Position: row.GetInt64(0), Document: row.GetString(1)), cancel,
            ("shard", task.Shard), ("task_id", task.Id), ("item", first))).SingleOrDefault();
        return piece.Document is null ? [] : [.. JsonNode.Parse(piece.Document)!.AsArray().Skip((int)(first - piece.Position)).Take(most)];
    }

    public static async Task<StoredTask?> FindAsync(Session session, Database database, string id, CancellationToken cancel) =>
        (await session.QueryAsync(SelectTask, Read, cancel, ("shard", database.ShardOfId(id)), ("id", id))).SingleOrDefault();

    /// <summary>The results of the items from one on, in order.</summary>
    public static async Task<List<TaskResult>> ReadResultsAsync(Session session, StoredTask task, long first, int most, CancellationToken cancel)
    {
        var pieces = await session.QueryAsync(SelectResults, row => row.GetString(0), cancel, ("shard", task.Shard), ("task_id", task.Id), ("first", first), ("until", first + most));
        return [.. pieces.SelectMany(piece => JsonSerializer.Deserialize<TaskResult[]>(piece)!).Where(result => result.Index >= first && result.Index < first + most)];
    }

    /// <summary>The shards where something is due, the one whose task waits longest first.</summary>
    public static async Task<List<short>> FindDueAsync(Session session, IEnumerable<short> shards, long now, CancellationToken cancel)
    {
        var due = await session.QuerySetAsync(SelectDue, [.. shards.Select(shard => (shard, now))], row => (Shard: row.GetInt16(0), RunAt: row.GetInt64(1)), cancel);
        return [.. due.OrderBy(place => place.RunAt).Select(place => place.Shard)];
    }

    /// <summary>The tasks of a shard that have not ended.</summary>
    public static Task<List<StoredTask>> ReadOpenAsync(Session session, short shard, CancellationToken cancel) => session.QueryAsync(SelectOpen, Read, cancel, ("shard", shard));

    /// <summary>The task of a shard that waits longest, or none; nobody else takes it before this transaction ends.</summary>
    public static async Task<StoredTask?> TakeAsync(Session session, short shard, long now, CancellationToken cancel) =>
        (await session.QueryAsync(TakeDue, Read, cancel, ("shard", shard), ("now", now))).SingleOrDefault();

    /// <summary>Writes down what a turn did, in the turn's transaction: running, done, or stopped for good. Its next turn comes after those of others that wait.</summary>
    public static async Task<StoredTask> AdvanceAsync(Session session, StoredTask task, TaskStep step, long now, CancellationToken cancel)
    {
        var next = task with
        {
            State = step.Stopped is not null ? TaskState.Failed : step.Cursor is null ? TaskState.Done : TaskState.Running, Cursor = step.Cursor ?? task.Cursor, Done = task.Done + step.Done,
            Failed = task.Failed + step.Results.Count(result => result.Error != 0), Total = step.Total ?? task.Total, Faults = 0, Reason = step.Stopped ?? "", Updated = now,
        };
        await session.ExecuteAsync(Advance, cancel,
            ("next", (int)next.State), ("cursor", next.Cursor), ("total", next.Total), ("done", next.Done), ("failed", next.Failed), ("reason", next.Reason),
            ("now", now), ("shard", task.Shard), ("id", task.Id));
        if (step.Results.Count > 0) await session.ExecuteSetAsync(InsertResults, [new Piece(task, step.Results[0].Index, JsonSerializer.Serialize(step.Results, Compact))], cancel);
        if (next.State != TaskState.Running) await session.ExecuteAsync(DeleteInput, cancel, ("shard", task.Shard), ("task_id", task.Id));
        return next;
    }

    /// <summary>To the state that the task says: waiting until <paramref name="runAt"/>, or failed for good. False when somebody brought it forward or put it off meanwhile.</summary>
    public static async Task<bool> PutOffAsync(Session session, StoredTask taken, StoredTask task, long runAt, CancellationToken cancel)
    {
        var held = await session.ExecuteAsync(PutOff, cancel, ("next", (int)task.State), ("run_at", runAt), ("faults", task.Faults), ("reason", task.Reason),
            ("now", task.Updated), ("shard", task.Shard), ("id", task.Id), ("cursor", taken.Cursor), ("faults_before", taken.Faults));
        if (held > 0 && task.State == TaskState.Failed) await session.ExecuteAsync(DeleteInput, cancel, ("shard", task.Shard), ("task_id", task.Id));
        return held > 0;
    }

    /// <summary>Cuts the input into pieces, one in memory at a time.</summary>
    private static IEnumerable<Piece> Pieces(StoredTask task, IEnumerable<JsonNode> items)
    {
        var text = new StringBuilder("[");
        long first = 0, count = 0;
        foreach (var item in items)
        {
            if (count - first == MaxPiece || text.Length > MaxPieceLength)
            {
                yield return new Piece(task, first, text.Append(']').ToString());
                text.Clear().Append('[');
                first = count;
            }
            if (text.Length > 1) text.Append(',');
            text.Append(item.ToJsonString(Compact));
            count++;
        }
        if (count > first) yield return new Piece(task, first, text.Append(']').ToString());
    }

    private static StoredTask Read(Row row) => new()
    {
        Shard = row.GetInt16(0), Id = row.GetString(1), Kind = row.GetString(2), TokenName = row.GetString(3), RequestId = row.GetString(4),
        State = (TaskState)row.GetInt16(5), Terms = (JsonObject)JsonNode.Parse(row.GetString(6))!, Total = row.GetInt64(7), Done = row.GetInt64(8), Failed = row.GetInt64(9),
        Cursor = row.GetString(10), Faults = row.GetInt32(11), Reason = row.GetString(12), Created = row.GetInt64(13), Updated = row.GetInt64(14),
    };

    private sealed record Piece(StoredTask Task, long Position, string Document);
}
