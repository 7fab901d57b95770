using Carillon.History;
using Carillon.Workspace;

namespace Carillon.Workflows.Steps;

/// <summary>Which events are meant: a kind, and of messages perhaps those of a trigger, a workflow, or the run itself; of another workflow its start or end.</summary>
public sealed record EventRule(string Word, string Kind, int? Trigger, int? Workflow, string? Verdict, bool OwnMessages)
{
    /// <summary>The words of the settings, and the events they mean.</summary>
    private static readonly Dictionary<string, string> Kinds = new(StringComparer.Ordinal)
    {
        ["sent"] = EventKinds.Send, ["undelivered"] = EventKinds.Undeliverable, ["skipped"] = EventKinds.Suppress,
        ["workflow_started"] = EventKinds.WorkflowStart, ["workflow_ended"] = EventKinds.WorkflowEnd,
    };

    /// <summary>Nobody notices these yet: whoever waited for one would wait in vain.</summary>
    private static readonly string[] Untold = ["opened", "clicked", "unsubscribed", "complained", "goal"];

    /// <summary>The kind of event that a word means, or null.</summary>
    public static string? KindOf(string word) => Kinds.GetValueOrDefault(word);

    public static EventRule Read(NodeReader node)
    {
        var untold = Untold.Contains(node.OptionalText("event"));
        if (untold) node.Fail("event", "needs tracking (opens, clicks and what comes of them), which this version does not have");
        var word = untold ? "sent" : node.Word("event", [.. Kinds.Keys]);
        var rule = new EventRule(word, Kinds[word], Id(node, "trigger", all => all.Triggers.Keys), Id(node, "workflow", all => all.Workflows.Keys), node.OptionalText("state"), node.Bool("own_messages"));
        if (word.StartsWith("workflow_", StringComparison.Ordinal) && rule.Workflow is null) node.Fail("workflow", "is required: which other workflow?");
        return rule;
    }

    public bool Fits(Happening happening, string? runId) => happening.Kind == Kind
        && (Trigger is null || RunJson.Int(happening.Document["trigger_id"]) == Trigger)
        && (Workflow is null || RunJson.Int(happening.Document["workflow_id"]) == Workflow)
        && (Verdict is null || (string?)happening.Document["state"] == Verdict)
        && (!OwnMessages || (string?)happening.Document["run_id"] == runId);

    private static int? Id(NodeReader node, string key, Func<WorkspaceModel, IEnumerable<int>> known)
    {
        if (!node.Has(key)) return null;
        var id = node.Int(key, 1, int.MaxValue);
        if (node.Workspace is { } all && !known(all).Contains(id)) node.Fail(key, $"there is no {key} {id}");
        return id;
    }
}
