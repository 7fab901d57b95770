using System.Diagnostics;
using Carillon.Workspace;

namespace Carillon.Delivery.Email;

/// <summary>The last span of a trace: one mail on the wire, with the code of the server's answer. Its words may quote an address.</summary>
internal static class SmtpSpan
{
    /// <summary>Null when the delivery around it is not recorded.</summary>
    public static Activity? Start(SmtpSettings settings) =>
        Activity.Current is { Recorded: true } delivery && delivery.Source.Name == Storage.Telemetry.Name
            ? delivery.Source.StartActivity("smtp", ActivityKind.Client)?.SetTag("server.address", settings.Host).SetTag("server.port", settings.Port)
            : null;

    public static void Tell(Activity? span, SendResult result)
    {
        if (span is null) return;
        span.SetTag("carillon.outcome", result.Outcome.ToString().ToLowerInvariant()).SetTag("smtp.reply.code", result.Code);
        if (result.Outcome != SendOutcome.Sent) span.SetStatus(ActivityStatusCode.Error);
    }
}
