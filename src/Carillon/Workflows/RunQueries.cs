using Carillon.Storage;

namespace Carillon.Workflows;

/// <summary>Reads where runs are, and how they came there.</summary>
public sealed class RunQueries(Database database, WideSearches searches)
{
    private const string SelectRun = $"SELECT {RunStore.Columns} FROM runs WHERE runs.shard = @shard AND runs.id = @id";

    private const string SelectSteps = """
        SELECT shard, run_id, number, node, type, time, version, branch, decision, message_id FROM steps WHERE shard = @shard AND run_id = @run_id ORDER BY number LIMIT @most
        """;

    // How many are at each node? Read from the index of what is due alone.
    private const string CountInside = "SELECT node, COUNT(*) FROM runs WHERE shard = @shard AND workflow_id = @workflow_id AND state = 0 GROUP BY node";

    public Task<(Run? Run, List<StepRecord> Steps)> FindAsync(string id, int mostSteps, CancellationToken cancel) => database.ReadAsync<(Run?, List<StepRecord>)>(async session =>
    {
        var shard = database.ShardOfId(id);
        var runs = await session.QueryAsync(SelectRun, RunStore.Read, cancel, ("shard", shard), ("id", id));
        if (runs.Count == 0) return (null, []);
        var steps = await session.QueryAsync(SelectSteps, row => new StepRecord(row.GetInt16(0), row.GetString(1), row.GetInt32(2), row.GetString(3), row.GetString(4),
            row.GetInt64(5), row.GetString(6), row.GetString(7), row.GetString(8), row.GetString(9)), cancel, ("shard", shard), ("run_id", id), ("most", mostSteps));
        return (runs[0], steps);
    }, cancel);

    /// <summary>Newest first, and where to read on.</summary>
    public Task<RunPage> SearchAsync(RunSearch search, CancellationToken cancel) => searches.RunAsync(async session =>
    {
        var end = search.IsWide ? await searches.EndAsync(session, "runs", null, search.Before, cancel) : null;
        List<Run> found = [];
        IEnumerable<short> shards = search.ProfileId is { } profile ? [database.ShardOfId(profile)] : Enumerable.Range(0, database.Shards).Select(shard => (short)shard);
        foreach (var shard in shards) found.AddRange(await SelectAsync(session, search, shard, end, cancel));
        var page = found.OrderByDescending(run => run.Id, StringComparer.Ordinal).Take(search.Most).ToList();
        return new RunPage(page, page.Count == search.Most ? page[^1].Id : end);
    }, cancel);

    /// <summary>How many runs stand at each node of a workflow.</summary>
    public Task<Dictionary<string, long>> CountAsync(int workflowId, CancellationToken cancel) => database.ReadAsync(async session =>
    {
        Dictionary<string, long> counts = [];
        for (short shard = 0; shard < database.Shards; shard++)
        {
            foreach (var (node, count) in await session.QueryAsync(CountInside, row => (row.GetString(0), row.GetInt64(1)), cancel, ("shard", shard), ("workflow_id", workflowId)))
                counts[node] = counts.GetValueOrDefault(node) + count;
        }
        return counts;
    }, cancel);

    /// <param name="since">The smallest id that is looked at; null for all.</param>
    private static Task<List<Run>> SelectAsync(Session session, RunSearch search, short shard, string? since, CancellationToken cancel)
    {
        List<(string, object?)> values = [("shard", shard), ("most", search.Most)];
        var conditions = "";
        void Add(string condition, string name, object? value)
        {
            if (value is null) return;
            conditions += " AND " + condition;
            values.Add((name, value));
        }
        Add("runs.profile_id = @profile_id", "profile_id", search.ProfileId);
        Add("runs.workflow_id = @workflow_id", "workflow_id", search.WorkflowId);
        Add("runs.state = @state", "state", (int?)search.State);
        Add("runs.node = @node", "node", search.Node);
        Add("runs.id < @before", "before", search.Before);
        Add("runs.id >= @since", "since", since);
        return session.QueryAsync($"SELECT {RunStore.Columns} FROM runs WHERE runs.shard = @shard{conditions} ORDER BY runs.id DESC LIMIT @most", RunStore.Read, cancel, [.. values]);
    }
}

/// <param name="NextBefore">Give it as <see cref="RunSearch.Before"/> to read on, also where a page is not full or empty; null when there is no more.</param>
public sealed record RunPage(IReadOnlyList<Run> Runs, string? NextBefore);

/// <summary>Which runs are asked for; a null condition holds for all.</summary>
public sealed record RunSearch
{
    public string? ProfileId { get; init; }
    public int? WorkflowId { get; init; }
    public RunState? State { get; init; }
    public string? Node { get; init; }
    public string? Before { get; init; }
    /// <summary>No index leads to those that are meant, and they may be few among many.</summary>
    public bool IsWide => ProfileId is null && (WorkflowId is not null || State is not null || Node is not null);
    public required int Most { get; init; }
}
