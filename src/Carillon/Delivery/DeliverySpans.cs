using System.Diagnostics;
using Carillon.Queue;
using Carillon.Storage;

namespace Carillon.Delivery;

/// <summary>The part of a launch's trace that comes after the queue, perhaps hours later and in another process.</summary>
internal static class DeliverySpans
{
    /// <summary>From the claimed message to its verdict on disk; null when the launch was not traced, or nobody listens.</summary>
    public static Activity? Start(Telemetry telemetry, Message message, string? traceParent, ActivityContext claim)
    {
        if (!telemetry.Source.HasListeners() || !ActivityContext.TryParse(traceParent, null, isRemote: true, out var call)) return null;
        ActivityLink[] links = claim == default ? [] : [new(claim)];
        return telemetry.Source.StartActivity("deliver", ActivityKind.Consumer, call, links: links)
            ?.SetTag("carillon.message_id", message.Id).SetTag("carillon.launch_id", message.LaunchId)
            .SetTag("carillon.sender_id", message.SenderId).SetTag("carillon.attempt", message.Attempts);
    }

    /// <summary>The verdict waits for its batch and its transaction. Its reason may quote an address, so only the state is told.</summary>
    public static Activity? StartVerdict(Telemetry telemetry, Activity? delivery, Verdict verdict)
    {
        if (delivery is null) return null;
        delivery.SetTag("carillon.state", verdict.Next.Word());
        if (verdict.Next == MessageState.Failed) delivery.SetStatus(ActivityStatusCode.Error);
        return telemetry.Source.StartActivity("verdict");
    }
}
