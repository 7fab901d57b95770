using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Triggers;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>A call that engages profiles in a workflow. One that the workflow does not take is no refusal: the import stands, without a launch.</summary>
public sealed record WorkflowRequest : LaunchRequest
{
    public required Workflow Workflow { get; init; }
    public required Entry Entry { get; init; }
    /// <summary>Of the graph that the entry stands in.</summary>
    public required string Version { get; init; }
    public override int ObjectId => Workflow.Id;
    public override int DatabaseId => Workflow.Database;
    protected override LaunchKind Kind => LaunchKind.Workflow;

    /// <summary>For a workflow that takes profiles in by calls; or why it does not.</summary>
    public static (WorkflowRequest? Request, Refusal? Refusal) For(int id, WorkspaceModel model, string tokenName, string requestId)
    {
        if (!model.Workflows.TryGetValue(id, out var workflow)) return (null, Refusal.NotFound($"There is no workflow {id}"));
        if (!workflow.Active) return (null, Refusal.Invalid("Workflow is not active"));
        var graph = Graph.Of(workflow, model);
        return graph.Start is { } entry
            ? (new WorkflowRequest { Workflow = workflow, Entry = entry, Version = graph.Version, TokenName = tokenName, RequestId = requestId }, null)
            : (null, Refusal.Invalid($"Workflow {id} has no node of type start; only its events take profiles in"));
    }

    /// <summary>How the call asks the workflow to take a profile.</summary>
    /// <param name="launchId">The launch that holds the content.</param>
    public StartOrder Order(Profile profile, string launchId) => new()
    {
        Workflow = Workflow, Profile = profile, Entry = Entry, Version = Version, ContentId = launchId, Filter = Filter, Why = $"a call with the token {TokenName}",
    };
}
