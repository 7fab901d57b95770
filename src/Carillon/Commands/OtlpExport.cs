using System.Diagnostics.Metrics;
using Carillon.Api;
using Carillon.Storage;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Carillon.Commands;

/// <summary>Sends traces and metrics to an OTLP collector. It is only there when one is named; without it nobody listens, and nothing is recorded.</summary>
public sealed class OtlpExport : IHostedLifecycleService, IDisposable
{
    /// <summary>A collector that does not answer must not hold a stop up.</summary>
    private const int FlushMilliseconds = 1500;

    private readonly OtlpSettings _settings;
    private readonly Meter _queue = new(Telemetry.Name + ".Queue");
    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;

    public OtlpExport(OtlpSettings settings, Telemetry telemetry, QueueDepth depth)
    {
        _settings = settings;
        // Asked by the exporter on a thread of its own, which may wait for the store.
        var read = new Cached(depth);
        _queue.CreateObservableGauge(QueueDepth.Waiting, () => read.Now().Waiting, description: QueueDepth.WaitingHelp);
        _queue.CreateObservableGauge(QueueDepth.OldestReady, () => read.Last.OldestReadySeconds, description: QueueDepth.OldestReadyHelp);
        _traces = Sdk.CreateTracerProviderBuilder().ConfigureResource(Describe).AddSource(telemetry.Source.Name)
            .AddOtlpExporter(options =>
            {
                if (Point(options, "v1/traces")) options.BatchExportProcessorOptions.ScheduledDelayMilliseconds = _settings.Interval * 1000;
            }).Build();
        _metrics = Sdk.CreateMeterProviderBuilder().ConfigureResource(Describe).AddMeter(telemetry.Meter.Name, _queue.Name, "System.Runtime")
            .AddOtlpExporter((options, reader) =>
            {
                if (Point(options, "v1/metrics")) reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = _settings.Interval * 1000;
            }).Build();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>After the last delivery: its spans go too.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Task.Run(() => _traces.Shutdown(FlushMilliseconds), CancellationToken.None), Task.Run(() => _metrics.Shutdown(FlushMilliseconds), CancellationToken.None));

    public void Dispose()
    {
        _traces.Dispose();
        _metrics.Dispose();
        _queue.Dispose();
    }

    /// <summary>False when the environment points.</summary>
    private bool Point(OtlpExporterOptions options, string path)
    {
        if (_settings.Endpoint is not { Length: > 0 } endpoint) return false;
        options.Protocol = OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = new Uri(endpoint.TrimEnd('/') + "/" + path);
        return true;
    }

    /// <summary>What the environment says (<c>OTEL_SERVICE_NAME</c>, <c>OTEL_RESOURCE_ATTRIBUTES</c>) wins.</summary>
    private static void Describe(ResourceBuilder resource) => resource.AddService("carillon", serviceVersion: Versions.Product).AddEnvironmentVariableDetector();

    /// <summary>One read of the store for both gauges.</summary>
    private sealed class Cached(QueueDepth depth)
    {
        public (long Waiting, double OldestReadySeconds) Last { get; private set; }

        public (long Waiting, double OldestReadySeconds) Now() => Last = depth.ReadAsync(CancellationToken.None).GetAwaiter().GetResult();
    }
}
