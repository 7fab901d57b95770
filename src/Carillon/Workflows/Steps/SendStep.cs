using Carillon.History;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Triggers;
using Carillon.Workspace;

namespace Carillon.Workflows.Steps;

/// <summary>
/// <c>send</c>: a message by a template, to the profile's best subscription of a resource and channel. With a branch for the verdict
/// (<c>sent</c>, <c>skipped</c>, <c>failed</c>, <c>unknown</c>), or with <c>wait: true</c>, the run waits for it; else it goes on at once.
/// </summary>
public sealed class SendStep : Step
{
    /// <summary>By then an expired message has its verdict. When even that is missing, its sender is gone from the workspace.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private readonly int _resource;
    private readonly string _channel;
    private readonly int _template;
    private readonly TimeSpan _life;
    private readonly bool _unconditional;
    private readonly bool _waits;
    private readonly MessageFlags _flags;

    public SendStep(NodeReader node) : base(node)
    {
        (_resource, _channel) = node.Subscription();
        _template = node.Int("template", 1, int.MaxValue);
        _unconditional = node.Bool("unconditional");
        var hold = node.Word("on_unknown", ["repeat", "hold"], "repeat") == "hold";
        _flags = (_unconditional ? MessageFlags.Unconditional : MessageFlags.None) | (hold ? MessageFlags.Hold : MessageFlags.None);
        var expires = node.Inside("expires");
        _life = expires?.Duration(required: true) ?? LaunchTriggers.DefaultLife;
        expires?.Finish();
        node.Exit("next");
        foreach (var branch in new[] { "sent", "skipped", "failed", "unknown" }) node.Exit(branch);
        _waits = node.Bool("wait") || Exits.Keys.Any(branch => branch is "sent" or "failed" or "unknown");
        Check(node);
    }

    public override StepResult Run(Turn turn)
    {
        if (!turn.Arrived) return Verdict(turn);
        var (subscription, why) = ChooseSubscription.Best(turn.Profile, _resource, _channel, _unconditional, turn.Run.Memory.Filter);
        if (subscription is null) return new Go("skipped", why);
        if (!turn.Workspace.Resources.TryGetValue(_resource, out var resource) || !resource.Channels.TryGetValue(_channel, out var channel))
            return new Go("failed", $"resource {_resource} has no channel {_channel}");

        var message = Message(turn, subscription, channel.Sender);
        turn.Messages.Add(message);
        turn.SentId = message.Id;
        var sends = $"sends template {_template} to {message.Contact}";
        return _waits
            ? new Stay(message.ExpiresAt + (long)Patience.TotalMilliseconds, "message:" + message.Id, $"{sends}, waits for the verdict")
            : new Go("next", sends);
    }

    private static Go Verdict(Turn turn)
    {
        if (turn.Event is not { } verdict) return new Go("failed", "no verdict on the message came");
        var reason = (string?)verdict["reason"] ?? "";
        return (string?)verdict["kind"] switch
        {
            EventKinds.Send => new Go("sent", $"sent: {reason}"),
            EventKinds.Suppress => new Go("skipped", $"skipped: {reason}"),
            EventKinds.Unknown => new Go("unknown", $"unknown: {reason}"),
            _ => new Go("failed", $"failed: {reason}"),
        };
    }

    private Message Message(Turn turn, Subscription subscription, int sender) => new()
    {
        Shard = turn.Run.Shard, Id = turn.Ids.New(turn.Run.Shard), LaunchId = turn.Run.ContentId, ProfileId = turn.Run.ProfileId, DatabaseId = turn.Run.DatabaseId,
        TriggerId = 0, WorkflowId = turn.Run.WorkflowId, RunId = turn.Run.Id, TemplateId = _template, Flags = _flags,
        ResourceId = _resource, Channel = _channel, Contact = subscription.Contact, SenderId = sender, Priority = MessagePriority.Workflow,
        RunAt = turn.Now, ExpiresAt = turn.Now + (long)_life.TotalMilliseconds, Created = turn.Now,
    };

    private void Check(NodeReader node)
    {
        if (node.Workspace is not { } all) return;
        all.Resources.TryGetValue(_resource, out var resource);
        ResourceChannel? channel = null;
        if (resource is not null && !resource.Channels.TryGetValue(_channel, out channel)) node.Fail("channel", $"resource {_resource} has no channel {_channel}", resource);
        if (!all.Templates.TryGetValue(_template, out var template)) node.Fail("template", $"there is no template {_template}");
        else if (_channel == Channels.Email && template.Email is null) node.Fail("template", $"template {_template} has no content for {_channel}", template);
        else if (_channel == Channels.Email && template.Email!.FromEmail is null && channel is { FromEmail: null })
            node.Fail("template", $"neither template {_template} nor resource {_resource} says from_email, so the mail would have no sender address", resource);
    }
}
