using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Carillon.Storage;

/// <summary>What the rooms count and trace. One per server; <c>/metrics</c> shows the counts, and both go to a collector where one is named.</summary>
public sealed class Telemetry : IDisposable
{
    /// <summary>The name of the meter and of the source of spans.</summary>
    public const string Name = "Carillon";

    /// <summary>The upper bounds of the histograms, in seconds.</summary>
    public static readonly IReadOnlyList<double> Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    public Telemetry()
    {
        Meter = new Meter(Name);
        Launches = Meter.CreateCounter<long>("carillon_launches_total", description: "Launches that were committed.");
        Repeats = Meter.CreateCounter<long>("carillon_repeats_total", description: "Repeated calls that got the first one's answer.");
        Deliveries = Meter.CreateCounter<long>("carillon_deliveries_total", description: "Verdicts on messages, by state; queued is a try that will be repeated.");
        Steps = Meter.CreateCounter<long>("carillon_workflow_steps_total", description: "Steps of workflows that were committed.");
        UnknownFields = Meter.CreateCounter<long>("carillon_unknown_fields_total", description: "Fields of imports that no database has, and that were left out.");
        HttpSeconds = Histogram("carillon_http_request_seconds", "Time to answer an HTTP request, by route and error code.");
        DeliverySeconds = Histogram("carillon_delivery_seconds", "From the moment a message was due to the moment its verdict was on disk, by state.");
    }

    public Meter Meter { get; }
    public Counter<long> Launches { get; }
    public Counter<long> Repeats { get; }
    public Counter<long> Deliveries { get; }
    public Counter<long> Steps { get; }
    public Counter<long> UnknownFields { get; }
    public Histogram<double> HttpSeconds { get; }
    public Histogram<double> DeliverySeconds { get; }

    /// <summary>Where spans come from. Whoever makes one asks <see cref="ActivitySource.HasListeners"/> first: mostly nobody listens.</summary>
    public ActivitySource Source { get; } = new(Name);

    /// <summary>The span around the caller as a traceparent, to be kept with a row; null when nothing is recorded.</summary>
    public string? TraceParent => Source.HasListeners() && Activity.Current is { Recorded: true } span && ReferenceEquals(span.Source, Source) ? span.Id : null;

    /// <summary>Begins a span that the caller does not become part of: it may end on another thread (<see cref="End"/>).</summary>
    public Activity? Begin(string name, ActivityContext parent)
    {
        var around = Activity.Current;
        var span = Source.StartActivity(name, ActivityKind.Internal, parent);
        Activity.Current = around;
        return span;
    }

    public static void End(Activity? span)
    {
        if (span is null) return;
        var around = Activity.Current;
        span.Stop();
        Activity.Current = around;
    }

    public void Dispose()
    {
        Meter.Dispose();
        Source.Dispose();
    }

    private Histogram<double> Histogram(string name, string description) =>
        Meter.CreateHistogram(name, description: description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });
}
