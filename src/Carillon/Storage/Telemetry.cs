using System.Diagnostics.Metrics;

namespace Carillon.Storage;

/// <summary>What the rooms count. One per server; <c>/metrics</c> shows it.</summary>
public sealed class Telemetry : IDisposable
{
    public const string MeterName = "Carillon";

    public Telemetry()
    {
        Meter = new Meter(MeterName);
        Launches = Meter.CreateCounter<long>("carillon_launches_total", description: "Launches that were committed.");
        Deliveries = Meter.CreateCounter<long>("carillon_deliveries_total", description: "Verdicts on messages, by state; queued is a try that will be repeated.");
        UnknownFields = Meter.CreateCounter<long>("carillon_unknown_fields_total", description: "Fields of imports that no database has, and that were left out.");
        HttpSeconds = Meter.CreateHistogram<double>("carillon_http_request_seconds", description: "Time to answer an HTTP request, by route and error code.");
    }

    public Meter Meter { get; }
    public Counter<long> Launches { get; }
    public Counter<long> Deliveries { get; }
    public Counter<long> UnknownFields { get; }
    public Histogram<double> HttpSeconds { get; }

    public void Dispose() => Meter.Dispose();
}
