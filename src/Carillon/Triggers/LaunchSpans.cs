using System.Diagnostics;
using Carillon.Storage;

namespace Carillon.Triggers;

/// <summary>
/// What a trace tells of a launch on its way through the group commit: how long it waited for its batch, then the transaction
/// that it shared with others.
/// </summary>
public sealed class LaunchSpans : IDisposable
{
    private readonly Telemetry _telemetry;
    private readonly ActivityContext _call;
    private Activity? _now;

    private LaunchSpans(Telemetry telemetry, Activity call, string traceParent)
    {
        (_telemetry, _call, TraceParent) = (telemetry, call.Context, traceParent);
        _now = telemetry.Begin("batch wait", _call);
    }

    /// <summary>The span of the call, for the launch's row.</summary>
    public string TraceParent { get; }

    /// <summary>Null when nobody records.</summary>
    public static LaunchSpans? Begin(Telemetry telemetry) =>
        telemetry.TraceParent is { } traceParent ? new LaunchSpans(telemetry, Activity.Current!, traceParent) : null;

    /// <summary>The batch begins. It may do so twice: when the database objects to a batch, each item is tried alone.</summary>
    public void BatchBegins(int items)
    {
        Telemetry.End(_now);
        _now = _telemetry.Begin("transaction", _call)?.SetTag("carillon.batch.items", items);
    }

    public void Dispose() => Ended();

    /// <summary>Committed, refused or failed.</summary>
    public void Ended()
    {
        Telemetry.End(_now);
        _now = null;
    }
}
