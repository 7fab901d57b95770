using Carillon.History;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Triggers;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>The task that engages a large audience in a workflow. What the workflow's re-entry mode decides, it decides for each.</summary>
public sealed class EngageAudience(ExpandAudience expand, Database database, WorkspaceSource workspace, EventStore events, RunSignal signal, Ids ids, TimeProvider time)
{
    /// <summary>The name of the kind.</summary>
    public const string Kind = "workflow_audience";

    public async Task<TaskStep> RunAsync(Session session, TaskTurn turn, CancellationToken cancel)
    {
        var (terms, model) = (turn.Task.Terms, await workspace.StoredAsync(session, cancel));
        var (request, refusal) = WorkflowRequest.For((int)terms["source_id"]!, model, turn.Task.TokenName, turn.Task.RequestId);
        if (request is null) return await expand.OverAsync(session, turn, refusal!, cancel);
        return await expand.RunAsync(session, turn, model.Databases[request.Workflow.Database], async found =>
        {
            // Who is inside is asked under the lock on the profiles.
            var profiles = await ProfileStore.LoadAsync(session, database, found.Select(profile => profile.Id), toChange: true, cancel);
            var starts = new Starts(ids, time.GetUtcNow().ToUnixTimeMilliseconds());
            await starts.LoadAsync(session, profiles.Select(profile => (request.Workflow, profile)), cancel);
            var taken = profiles.Where(profile => starts.Start(request.Order(profile, (string)terms["launch_id"]!))).ToList();
            await starts.WriteAsync(session, events, cancel);
            return (found.Count - taken.Count, () => taken.ForEach(profile => signal.Wake(profile.Shard)));
        }, cancel);
    }
}
