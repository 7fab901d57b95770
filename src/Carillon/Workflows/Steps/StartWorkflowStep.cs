using System.Text.Json.Nodes;

namespace Carillon.Workflows.Steps;

/// <summary><c>start_workflow</c>: asks another workflow to take the profile, with the content of this run. Whether it does is its own
/// re-entry mode's affair; this run goes on.</summary>
public sealed class StartWorkflowStep : Step
{
    private readonly int _workflow;

    public StartWorkflowStep(NodeReader node) : base(node)
    {
        _workflow = node.Int("workflow", 1, int.MaxValue);
        node.Exit("next");
        if (node.Workspace is not { } all) return;
        if (!all.Workflows.TryGetValue(_workflow, out var other)) node.Fail("workflow", $"there is no workflow {_workflow}");
        else if (other.Database != node.Workflow.Database) node.Fail("workflow", $"workflow {_workflow} works on database {other.Database}, not on {node.Workflow.Database}", other);
    }

    public override StepResult Run(Turn turn)
    {
        turn.Happenings.Add(new Happening
        {
            Shard = turn.Run.Shard, Id = turn.Ids.New(turn.Run.Shard), ProfileId = turn.Run.ProfileId, DatabaseId = turn.Run.DatabaseId,
            Kind = Happening.StartWorkflow, Time = turn.Now, LaunchId = turn.Run.ContentId,
            Document = new JsonObject { ["workflow_id"] = _workflow, ["hurried"] = turn.Run.Hurried + 1, ["reason"] = $"sent here by run {turn.Run.Id} of workflow {turn.Workflow.Id}" },
        });
        return new Go("next", $"asked workflow {_workflow} to take the profile");
    }
}
