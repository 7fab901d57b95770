using Carillon.Queue;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>A call that starts a trigger mailing.</summary>
public sealed record TriggerRequest : LaunchRequest
{
    public required Trigger Trigger { get; init; }
    public required Resource Resource { get; init; }
    /// <summary>What the call says about fields of the profile, for this message.</summary>
    public IReadOnlyList<LinkField> Fields { get; init; } = [];
    /// <summary>Any subscription of the profile will do, also when fields are imported with the launch; otherwise one that the import passes.</summary>
    public bool AnySubscription { get; init; }
    /// <summary>The message waits this long.</summary>
    public TimeSpan Timeout { get; init; }
    /// <summary>The message leaves the queue unsent at this moment; null: a day after it became due.</summary>
    public DateTimeOffset? Expiration { get; init; }
    public MessagePriority Priority { get; init; } = MessagePriority.Api;
    /// <summary>When the call was accepted, where a task carries it out later; null: now. Milliseconds since 1970. What it launches is as old as that: when the
    /// trigger is stopped and dropped in between, it stays dropped.</summary>
    public long? Accepted { get; init; }
    public override int ObjectId => Trigger.Id;
    public override int DatabaseId => Trigger.Database;
    protected override LaunchKind Kind => LaunchKind.Trigger;
}
