using Carillon.History;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>
/// Switches workflows on and off. A stopped one keeps its runs where they stand. When it goes on, what came due meanwhile goes on at once: a
/// wait that ended is over, an event that came in time is taken, and a time-out that passed without one takes its branch.
/// </summary>
public sealed class SwitchWorkflow(Database database, ChangeWorkspace changes, WorkspaceSource workspace, EventStore events, RunSignal signal, TimeProvider time)
{
    private const int Most = 1000;

    private const string SelectInside = $$"""
        SELECT {{RunStore.Columns}} FROM runs WHERE runs.shard = @shard AND runs.workflow_id = @workflow_id AND runs.state = 0 ORDER BY runs.run_at LIMIT @most {for_update}
        """;

    /// <summary>Returns when this process has it so, or with why it may not be.</summary>
    /// <param name="by">The name of the token.</param>
    /// <param name="empty">Lets go of everybody inside before.</param>
    /// <exception cref="UnknownOutcomeException">It broke off; some are let go.</exception>
    public async Task<ChangeRefusal?> RunAsync(int id, bool active, string by, bool empty, CancellationToken cancel)
    {
        var emptied = 0;
        try
        {
            if (empty) await EmptyAsync(id, some => emptied += some, cancel);
            return await SwitchAsync(id, active, by);
        }
        catch (NothingDoneException broken) when (emptied > 0)
        {
            throw new UnknownOutcomeException(broken);
        }
    }

    private async Task<ChangeRefusal?> SwitchAsync(int id, bool active, string by)
    {
        var outcome = await changes.RunAsync(by, (before, _) => before.Workflows.TryGetValue(id, out var workflow)
            ? WorkspaceChange.Of(workflow with { Active = active })
            : WorkspaceChange.Refuse(ChangeRefusal.NotFound($"There is no workflow {id}")));
        for (short shard = 0; shard < database.Shards; shard++) signal.Wake(shard);
        return outcome.Refusal;
    }

    /// <summary>Lets go of everybody inside, a thousand per transaction.</summary>
    private async Task EmptyAsync(int id, Action<int> committed, CancellationToken cancel)
    {
        for (short shard = 0; shard < database.Shards; shard++)
        {
            for (var some = Most; some == Most; committed(some)) some = await database.WriteAsync(session => EmptyAsync(session, shard, id, cancel), cancel);
        }
    }

    private async Task<int> EmptyAsync(Session session, short shard, int id, CancellationToken cancel)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        const string why = "the workflow was emptied when it was activated";
        var inside = await session.QueryAsync(SelectInside, RunStore.Read, cancel, ("shard", shard), ("workflow_id", id), ("most", Most));
        List<Run> ended = [.. inside.Select(run => run with { State = RunState.Removed, Reason = why, WaitsFor = "", Steps = run.Steps + 1, Updated = now, Memory = RunMemory.Empty })];
        var name = workspace.Current.Workflows.TryGetValue(id, out var workflow) ? workflow.Name : "";
        await RunStore.UpdateAsync(session, ended, cancel);
        await RunStore.InsertStepsAsync(session, [.. ended.Select(run => new StepRecord(run.Shard, run.Id, run.Steps, run.Node, "removed", now, "", "", why, ""))], cancel);
        await events.AppendAsync(session, ended.Select(run => Walk.EndOf(run, name, now)), cancel);
        return ended.Count;
    }
}
