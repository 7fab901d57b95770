using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Profiles;
using Carillon.Workspace;

namespace Carillon.Workflows.Steps;

/// <summary>
/// Which events are meant: a kind, and of messages perhaps those of a trigger, a workflow, a resource, a channel, or the run itself; of another
/// workflow its start or end. Who unsubscribes or complains without a message (by an import, say) is meant too.
/// </summary>
/// <param name="Word">As the settings have it.</param>
public sealed record EventRule(string Word, int? Trigger, int? Workflow, int? Resource, string? Channel, string? Verdict, bool OwnMessages)
{
    /// <summary>No room appends these, and none is about to: whoever waited for one would wait in vain.</summary>
    private static readonly string[] Untold = ["goal"];

    /// <summary>The words of the settings, and the events they mean.</summary>
    private static readonly Dictionary<string, string> KindsByWord = new(StringComparer.Ordinal)
    {
        ["sent"] = EventKinds.Send, ["undelivered"] = EventKinds.Undeliverable, ["skipped"] = EventKinds.Suppress,
        ["opened"] = EventKinds.Open, ["clicked"] = EventKinds.Click, ["unsubscribed"] = EventKinds.Unsubscribe, ["complained"] = EventKinds.Complain, ["goal"] = EventKinds.Goal,
        ["workflow_started"] = EventKinds.WorkflowStart, ["workflow_ended"] = EventKinds.WorkflowEnd,
    };

    /// <summary>What a change of a status comes to, whoever made it.</summary>
    private static readonly Dictionary<string, SubscriptionStatus> Statuses = new(StringComparer.Ordinal)
    {
        ["unsubscribed"] = SubscriptionStatus.Unsubscribed, ["complained"] = SubscriptionStatus.Complained,
    };

    /// <summary>The kind of event that a word means, or null.</summary>
    public static string? KindOf(string word) => KindsByWord.GetValueOrDefault(word);

    /// <summary>The kinds of events to look at. None of a word that is not known (any more): it happens to nobody.</summary>
    public IReadOnlyList<string> Kinds => KindOf(Word) is not { } kind ? [] : Statuses.ContainsKey(Word) ? [.. ImportKinds.Changes.Append(kind).Distinct()] : [kind];

    public static EventRule Read(NodeReader node)
    {
        // A word that is refused keeps its meaning: a graph that was stored when it was allowed must not take it for another one.
        var word = node.OptionalText("event") ?? "";
        if (Untold.Contains(word)) node.Fail("event", "needs tracking of a web site, which this version does not have");
        else node.Word("event", [.. KindsByWord.Keys.Except(Untold)]);
        var rule = new EventRule(word, Id(node, "trigger", all => all.Triggers.Keys), Id(node, "workflow", all => all.Workflows.Keys), Id(node, "resource", all => all.Resources.Keys),
            node.Has("channel") ? node.Word("channel", Channels.OfSubscriptions) : null, node.OptionalText("state"), node.Bool("own_messages"));
        var ofWorkflow = word.StartsWith("workflow_", StringComparison.Ordinal);
        if (ofWorkflow && rule.Workflow is null) node.Fail("workflow", "is required: which other workflow?");
        if (ofWorkflow && (rule.Resource is not null || rule.Channel is not null)) node.Fail(rule.Resource is null ? "channel" : "resource", "narrows events of messages, not of workflows");
        return rule;
    }

    public bool Fits(Happening happening, string? runId) => happening.Kind == KindOf(Word) ? FitsEvent(happening.Document, runId) : ImportKinds.Changes.Contains(happening.Kind) && FitsChange(happening.Document);

    private bool FitsEvent(JsonObject document, string? runId) => Place(document)
        && (Trigger is null || RunJson.Int(document["trigger_id"]) == Trigger)
        && (Workflow is null || RunJson.Int(document["workflow_id"]) == Workflow)
        && (Verdict is null || (string?)document["state"] == Verdict)
        && (!OwnMessages || (string?)document["run_id"] == runId);

    /// <summary>A subscription that was there got the status, or the profile as a whole. No message led to it.</summary>
    private bool FitsChange(JsonObject document)
    {
        if (!Statuses.TryGetValue(Word, out var status) || Trigger is not null || Workflow is not null || Verdict is not null || OwnMessages) return false;
        if (document["subscriptions"] is JsonArray changes && changes.Any(change => change!["was"] is not null && (string?)change["status"] == status.Word() && Place((JsonObject)change))) return true;
        return Resource is null && Channel is null && document["changed"] is JsonArray names && names.Any(name => (string?)name == "_status") && RunJson.Int(document["values"]?["_status"]) == (int)status;
    }

    private bool Place(JsonObject document) => (Resource is null || RunJson.Int(document["resource_id"]) == Resource) && (Channel is null || (string?)document["channel"] == Channel);

    private static int? Id(NodeReader node, string key, Func<WorkspaceModel, IEnumerable<int>> known)
    {
        if (!node.Has(key)) return null;
        var id = node.Int(key, 1, int.MaxValue);
        if (node.Workspace is { } all && !known(all).Contains(id)) node.Fail(key, $"there is no {key} {id}");
        return id;
    }
}
