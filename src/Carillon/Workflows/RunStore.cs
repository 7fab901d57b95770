using Carillon.Storage;

namespace Carillon.Workflows;

/// <summary>The statements over runs and their steps.</summary>
public static class RunStore
{
    /// <summary>
    /// Added to the moment since which a run waits for a hand to make its request. It lies beyond every date: such a run is never due, but stands in the order
    /// of its coming at the end of the same index, where it is found as soon as a hand is free.
    /// </summary>
    public const long Parked = 1L << 50;

    /// <summary>What <see cref="Read"/> reads, in its order.</summary>
    public const string Columns = """
        runs.shard, runs.id, runs.workflow_id, runs.profile_id, runs.db_id, runs.launch_id, runs.content_id, runs.state, runs.node, runs.run_at,
        runs.waits_for, runs.steps, runs.hurried, runs.reason, runs.created, runs.updated, runs.doc
        """;

    private static readonly SetStatement<Run> InsertRuns = new("""
        INSERT INTO runs (shard, id, workflow_id, profile_id, db_id, launch_id, content_id, state, node, run_at, waits_for, steps, hurried, reason, created, updated, doc)
        SELECT shard, id, workflow_id, profile_id, db_id, launch_id, content_id, state, node, run_at, waits_for, steps, hurried, reason, created, updated, doc FROM {set}
        """,
        new("shard", SqlType.SmallInt, r => r.Shard), new("id", SqlType.Text, r => r.Id), new("workflow_id", SqlType.Int, r => r.WorkflowId),
        new("profile_id", SqlType.Text, r => r.ProfileId), new("db_id", SqlType.Int, r => r.DatabaseId), new("launch_id", SqlType.Text, r => r.LaunchId),
        new("content_id", SqlType.Text, r => r.ContentId), new("state", SqlType.SmallInt, r => (int)r.State), new("node", SqlType.Text, r => r.Node),
        new("run_at", SqlType.BigInt, r => r.RunAt), new("waits_for", SqlType.Text, r => r.WaitsFor), new("steps", SqlType.Int, r => r.Steps),
        new("hurried", SqlType.Int, r => r.Hurried), new("reason", SqlType.Text, r => ShortText.Cut(r.Reason, 500)), new("created", SqlType.BigInt, r => r.Created),
        new("updated", SqlType.BigInt, r => r.Updated), new("doc", SqlType.Text, r => RunJson.Write(r.Memory)));

    private static readonly SetStatement<Run> UpdateRuns = new("""
        UPDATE runs SET launch_id = r.launch_id, content_id = r.content_id, state = r.state, node = r.node, run_at = r.run_at, waits_for = r.waits_for,
            steps = r.steps, hurried = r.hurried, reason = r.reason, updated = r.updated, doc = r.doc
        FROM {set} WHERE runs.shard = r.shard AND runs.id = r.id
        """,
        new("shard", SqlType.SmallInt, r => r.Shard), new("id", SqlType.Text, r => r.Id), new("launch_id", SqlType.Text, r => r.LaunchId),
        new("content_id", SqlType.Text, r => r.ContentId), new("state", SqlType.SmallInt, r => (int)r.State), new("node", SqlType.Text, r => r.Node),
        new("run_at", SqlType.BigInt, r => r.RunAt), new("waits_for", SqlType.Text, r => r.WaitsFor), new("steps", SqlType.Int, r => r.Steps),
        new("hurried", SqlType.Int, r => r.Hurried), new("reason", SqlType.Text, r => ShortText.Cut(r.Reason, 500)),
        new("updated", SqlType.BigInt, r => r.Updated), new("doc", SqlType.Text, r => RunJson.Write(r.Memory)));

    private static readonly SetStatement<StepRecord> InsertSteps = new("""
        INSERT INTO steps (shard, run_id, number, node, type, time, version, branch, decision, message_id)
        SELECT shard, run_id, number, node, type, time, version, branch, decision, message_id FROM {set}
        """,
        new("shard", SqlType.SmallInt, s => s.Shard), new("run_id", SqlType.Text, s => s.RunId), new("number", SqlType.Int, s => s.Number),
        new("node", SqlType.Text, s => s.Node), new("type", SqlType.Text, s => s.Type), new("time", SqlType.BigInt, s => s.Time),
        new("version", SqlType.Text, s => s.Version), new("branch", SqlType.Text, s => s.Branch), new("decision", SqlType.Text, s => s.Decision),
        new("message_id", SqlType.Text, s => s.MessageId));

    // Where is anything due, or parked? One row of the index per shard and workflow for each.
    private static readonly SetStatement<(short Shard, int WorkflowId, long Now, long Parked)> SelectDue = new("""
        SELECT r.shard, r.workflow_id FROM {set} WHERE EXISTS (
            SELECT 1 FROM runs WHERE runs.shard = r.shard AND runs.workflow_id = r.workflow_id AND runs.state = 0 AND runs.run_at <= r.now)
        OR EXISTS (
            SELECT 1 FROM runs WHERE runs.shard = r.shard AND runs.workflow_id = r.workflow_id AND runs.state = 0 AND runs.run_at >= r.parked)
        """,
        new("shard", SqlType.SmallInt, d => d.Shard), new("workflow_id", SqlType.Int, d => d.WorkflowId), new("now", SqlType.BigInt, d => d.Now),
        new("parked", SqlType.BigInt, d => d.Parked));

    // Takes what is due (or parked), oldest first; the transaction's lock on the row is the claim.
    private const string ClaimDue = $$"""
        SELECT {{Columns}} FROM runs
        WHERE runs.shard = @shard AND runs.workflow_id = @workflow_id AND runs.state = 0 AND runs.run_at BETWEEN @since AND @now
        ORDER BY runs.run_at LIMIT @most {skip_locked}
        """;

    // Who is inside a workflow already? Held, so that the engine cannot move them meanwhile. By way of the index alone (i): SQLite, which guesses that
    // a shard holds ten rows, would else read the whole of it.
    private static readonly SetStatement<(short Shard, string ProfileId, int WorkflowId)> SelectInside = new($$"""
        SELECT {{Columns}} FROM {set}
        JOIN runs i ON i.shard = r.shard AND i.profile_id = r.profile_id AND i.workflow_id = r.workflow_id AND i.state = 0
        JOIN runs ON runs.shard = r.shard AND runs.id = i.id
        {for_update}
        """, PlaceColumns());

    // Was anybody ever inside? For workflows that take a profile once.
    private static readonly SetStatement<(short Shard, string ProfileId, int WorkflowId)> SelectEver = new("""
        SELECT DISTINCT r.profile_id, r.workflow_id FROM {set} WHERE EXISTS (
            SELECT 1 FROM runs WHERE runs.shard = r.shard AND runs.profile_id = r.profile_id AND runs.workflow_id = r.workflow_id)
        """, PlaceColumns());

    // Which runs of a profile wait for something to happen?
    private static readonly SetStatement<(short Shard, string ProfileId)> SelectListening = new($$"""
        SELECT {{Columns}} FROM {set}
        JOIN runs i ON i.shard = r.shard AND i.profile_id = r.profile_id AND i.state = 0 AND i.waits_for <> ''
        JOIN runs ON runs.shard = r.shard AND runs.id = i.id
        {for_update}
        """, new("shard", SqlType.SmallInt, p => p.Shard), new("profile_id", SqlType.Text, p => p.ProfileId));

    // The answer to an HTTP request counts only while the run still waits for that very try.
    private const string TakeAnswer = """
        UPDATE runs SET run_at = @now, waits_for = '', updated = @now, doc = @doc WHERE shard = @shard AND id = @id AND state = 0 AND waits_for = @waits_for
        """;

    private static readonly SetStatement<(short Shard, string Id, long RunAt)> Postpone = new("""
        UPDATE runs SET run_at = r.run_at FROM {set} WHERE runs.shard = r.shard AND runs.id = r.id AND runs.state = 0
        """, new("shard", SqlType.SmallInt, p => p.Shard), new("id", SqlType.Text, p => p.Id), new("run_at", SqlType.BigInt, p => p.RunAt));

    /// <summary>Gives a run the answer it waits for; 0 when it no longer does.</summary>
    /// <param name="waiting">The run as it was written when it began to wait.</param>
    public static Task<int> AnswerAsync(Session session, Run waiting, RunMemory memory, long now, CancellationToken cancel) =>
        session.ExecuteAsync(TakeAnswer, cancel, ("now", now), ("doc", RunJson.Write(memory)), ("shard", waiting.Shard), ("id", waiting.Id), ("waits_for", waiting.WaitsFor));

    /// <summary>Puts runs off that the store objected to.</summary>
    public static Task PostponeAsync(Session session, IReadOnlyList<(short, string, long)> runs, CancellationToken cancel) => session.WriteSetAsync(Postpone, runs, cancel);

    public static Task InsertAsync(Session session, IReadOnlyList<Run> runs, CancellationToken cancel) => session.WriteSetAsync(InsertRuns, runs, cancel);

    public static Task UpdateAsync(Session session, IReadOnlyList<Run> runs, CancellationToken cancel) => session.WriteSetAsync(UpdateRuns, runs, cancel);

    public static Task InsertStepsAsync(Session session, IReadOnlyList<StepRecord> steps, CancellationToken cancel) => session.WriteSetAsync(InsertSteps, steps, cancel);

    /// <summary>The shards and workflows where something is due.</summary>
    /// <param name="parked">Also those where a run is parked.</param>
    public static Task<List<(short Shard, int WorkflowId)>> FindDueAsync(Session session, IEnumerable<short> shards, IReadOnlyList<int> workflows, long now, bool parked, CancellationToken cancel) =>
        session.QuerySetAsync(SelectDue, [.. shards.SelectMany(shard => workflows.Select(workflow => (shard, workflow, now, parked ? Parked : long.MaxValue)))], row => (row.GetInt16(0), row.GetInt32(1)), cancel);

    public static Task<List<Run>> ClaimAsync(Session session, short shard, int workflowId, long now, int most, CancellationToken cancel) =>
        session.QueryAsync(ClaimDue, Read, cancel, ("shard", shard), ("workflow_id", workflowId), ("since", 0L), ("now", now), ("most", most));

    /// <summary>Takes those who wait for a hand, the first who came first.</summary>
    public static Task<List<Run>> ClaimParkedAsync(Session session, short shard, int workflowId, int most, CancellationToken cancel) =>
        session.QueryAsync(ClaimDue, Read, cancel, ("shard", shard), ("workflow_id", workflowId), ("since", Parked), ("now", long.MaxValue), ("most", most));

    public static Task<List<Run>> LoadInsideAsync(Session session, IReadOnlyList<(short, string, int)> places, CancellationToken cancel) =>
        session.QuerySetAsync(SelectInside, places, Read, cancel);

    public static Task<List<(string ProfileId, int WorkflowId)>> LoadEverAsync(Session session, IReadOnlyList<(short, string, int)> places, CancellationToken cancel) =>
        session.QuerySetAsync(SelectEver, places, row => (row.GetString(0), row.GetInt32(1)), cancel);

    public static Task<List<Run>> LoadListeningAsync(Session session, IReadOnlyList<(short, string)> profiles, CancellationToken cancel) =>
        session.QuerySetAsync(SelectListening, profiles, Read, cancel);

    public static Run Read(Row row) => new()
    {
        Shard = row.GetInt16(0), Id = row.GetString(1), WorkflowId = row.GetInt32(2), ProfileId = row.GetString(3), DatabaseId = row.GetInt32(4),
        LaunchId = row.GetString(5), ContentId = row.GetString(6), State = (RunState)row.GetInt16(7), Node = row.GetString(8), RunAt = row.GetInt64(9),
        WaitsFor = row.GetString(10), Steps = row.GetInt32(11), Hurried = row.GetInt32(12), Reason = row.GetString(13), Created = row.GetInt64(14),
        Updated = row.GetInt64(15), Memory = RunJson.ReadMemory(row.GetString(16)),
    };

    private static Column<(short Shard, string ProfileId, int WorkflowId)>[] PlaceColumns() =>
    [
        new("shard", SqlType.SmallInt, p => p.Shard), new("profile_id", SqlType.Text, p => p.ProfileId), new("workflow_id", SqlType.Int, p => p.WorkflowId),
    ];
}
