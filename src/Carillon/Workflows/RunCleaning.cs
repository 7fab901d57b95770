using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>Removes runs that are finished, with their steps. A workflow that takes a profile once keeps its runs, for they say who was inside.</summary>
public sealed class RunCleaning(WorkspaceSource workspace)
{
    private const string PageOfRuns = """
        SELECT id, workflow_id, CASE WHEN state >= 1 AND updated < @before THEN 1 ELSE 0 END FROM runs
        WHERE shard = @shard AND id > @after AND id < @end ORDER BY id LIMIT @most
        """;

    private static readonly Column<(short Shard, string Id)>[] IdColumns = [new("shard", SqlType.SmallInt, p => p.Shard), new("id", SqlType.Text, p => p.Id)];

    private static readonly SetStatement<(short Shard, string Id)> DeleteSteps = new(
        "DELETE FROM steps WHERE {in_shard} (shard, run_id) {in_set}", IdColumns);

    private static readonly SetStatement<(short Shard, string Id)> DeleteRuns = new(
        "DELETE FROM runs WHERE {in_shard} (shard, id) {in_set}", IdColumns);

    /// <summary>The launches whose content a profile inside a workflow may still need; for <c>QueueCleaning</c>.</summary>
    public static readonly SetStatement<(short Shard, string Id)> SelectNeeded = new(
        "SELECT r.id FROM {set} JOIN runs ON runs.shard = r.shard AND runs.content_id = r.id AND runs.state = 0", IdColumns) { MostPerItem = 1 };

    public async Task<CleanedPage> RunsAsync(Database database, short shard, string after, long before, int most, CancellationToken cancel)
    {
        var rows = await database.ReadAsync(session => session.QueryAsync(PageOfRuns, row => (Id: row.GetString(0), WorkflowId: row.GetInt32(1), Old: row.GetInt32(2) == 1), cancel,
            ("shard", shard), ("after", after), ("end", Ids.At(before)), ("most", most), ("before", before)), cancel);
        var old = rows.Where(row => row.Old).ToList();
        var removed = 0;
        if (old.Count > 0) removed = await database.WriteAsync(session => DeleteAsync(session, shard, old, cancel), cancel);
        return new CleanedPage(rows.Count < most ? null : rows[^1].Id, removed);
    }

    private async Task<int> DeleteAsync(Session session, short shard, IReadOnlyList<(string Id, int WorkflowId, bool Old)> old, CancellationToken cancel)
    {
        var once = workspace.Current.Workflows.Values.Where(workflow => workflow.Reentry == "never").Select(workflow => workflow.Id).ToHashSet();
        return await session.ExecuteSetAsync(DeleteSteps, [.. old.Select(run => (shard, run.Id))], cancel)
            + await session.ExecuteSetAsync(DeleteRuns, [.. old.Where(run => !once.Contains(run.WorkflowId)).Select(run => (shard, run.Id))], cancel);
    }
}
