using System.Diagnostics;
using Carillon.Storage;

namespace Carillon.Api;

/// <summary>The first span of a call, a child of the caller's where he sends a traceparent (W3C).</summary>
internal static class CallSpan
{
    /// <summary>Null when nobody listens.</summary>
    public static Activity? Start(Telemetry telemetry, string route, HttpRequest request)
    {
        if (!telemetry.Source.HasListeners()) return null;
        ActivityContext.TryParse(request.Headers.TraceParent, request.Headers.TraceState, isRemote: true, out var caller);
        // The web server's own activity is not recorded; as a parent it would be a hole in the trace.
        Activity.Current = null;
        return telemetry.Source.StartActivity($"{request.Method} /api/v1.1/{route}", ActivityKind.Server, caller)
            ?.SetTag("http.request.method", request.Method).SetTag("http.route", "/api/v1.1/" + route);
    }

    public static void End(Activity? span, HttpResponse response, string requestId, string? launchId, int error)
    {
        if (span is null) return;
        span.SetTag("http.response.status_code", response.StatusCode).SetTag("carillon.request_id", requestId).SetTag("carillon.error", error);
        if (launchId is not null) span.SetTag("carillon.launch_id", launchId);
        if (error >= 500) span.SetStatus(ActivityStatusCode.Error);
        span.Stop();
    }
}
