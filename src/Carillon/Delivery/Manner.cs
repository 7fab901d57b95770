using Carillon.Queue;
using Carillon.Workspace;

namespace Carillon.Delivery;

/// <summary>How a message is sent: as its trigger says now, or as the step of a workflow wrote on it.</summary>
public sealed record Manner(int Template, bool Unconditional, OnUnknown OnUnknown, MailOverrides? Mail = null)
{
    /// <summary>Null with the reason when it is no longer wanted. What a run has sent off is not called back when its workflow stops.</summary>
    public static (Manner? Manner, string Why) Of(Message message, WorkspaceModel workspace)
    {
        if (message.WorkflowId > 0)
            return (new Manner(message.TemplateId, message.Flags.HasFlag(MessageFlags.Unconditional), message.Flags.HasFlag(MessageFlags.Hold) ? OnUnknown.Hold : OnUnknown.Repeat), "");
        if (!workspace.Triggers.TryGetValue(message.TriggerId, out var trigger)) return (null, "the trigger no longer exists");
        return trigger.Drops(message.Created) ? (null, DropMessages.Reason) : (new Manner(trigger.Template, trigger.Unconditional, trigger.OnUnknown, trigger.Mail), "");
    }
}
