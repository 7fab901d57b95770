using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Workspace;

namespace Carillon.Workflows.Steps;

/// <summary><c>on_subscription</c>: a subscription to a resource was added, or its status changed; perhaps of one channel, perhaps to one status.</summary>
public sealed class OnSubscriptionStep : Entry
{
    private readonly int _resource;
    private readonly string? _channel;
    private readonly string _change;
    private readonly string? _status;

    public OnSubscriptionStep(NodeReader node) : base(node)
    {
        _resource = node.Int("resource", 1, int.MaxValue);
        if (node.Workspace is { } all && !all.Resources.ContainsKey(_resource)) node.Fail("resource", $"there is no resource {_resource}");
        _channel = node.Has("channel") ? node.Word("channel", Channels.OfSubscriptions) : null;
        _change = node.Word("change", ["any", "added", "status"], "any");
        _status = node.Has("status") ? node.Word("status", SubscriptionWords.All) : null;
        node.Exit("next");
    }

    public override IReadOnlyList<string> Kinds => ImportKinds.Changes;

    public override string? Takes(Happening happening, Profile profile)
    {
        // Of a profile that was just created every subscription is new.
        if ((bool?)happening.Document["created"] == true) return profile.Subscriptions.Select(now => Why(now.ResourceId, now.Channel, null, now.Status.Word())).FirstOrDefault(why => why is not null);
        return happening.Document["subscriptions"] is JsonArray changes
            ? changes.Select(change => Why((int)change!["resource_id"]!, (string)change["channel"]!, (string?)change["was"], (string)change["status"]!)).FirstOrDefault(why => why is not null)
            : null;
    }

    private string? Why(int resource, string channel, string? was, string now)
    {
        if (resource != _resource || _channel is not null && channel != _channel || _status is not null && now != _status) return null;
        if (_change == "added" && was is not null || _change == "status" && was is null) return null;
        return was is null ? $"subscribed to resource {resource} as {now}" : $"the subscription to resource {resource} went from {was} to {now}";
    }
}
