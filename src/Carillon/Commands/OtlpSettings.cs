namespace Carillon.Commands;

/// <summary>Settings under <c>Otlp:</c>, as environment <c>CARILLON_OTLP__...</c>: where traces and metrics go.</summary>
public sealed record OtlpSettings
{
    /// <summary>The base URL of an OTLP collector that takes <c>http/protobuf</c>, such as <c>http://collector:4318</c>. Without it, the
    /// environment of OpenTelemetry decides (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and its like); without that nothing is recorded.</summary>
    public string? Endpoint { get; init; }

    /// <summary>Seconds between two sendings to <see cref="Endpoint"/>. Default 10.</summary>
    public int Interval { get; init; } = 10;

    /// <summary>Whether there is anybody to send to.</summary>
    public bool On => Endpoint is { Length: > 0 } || Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 };

    /// <summary>What is wrong with the settings, or null.</summary>
    public string? Problem() => Interval is < 1 or > 3600 ? "Otlp:Interval must be between 1 and 3600 seconds" : Endpoint is not { Length: > 0 } || Uri.TryCreate(Endpoint, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
        ? null
        : $"Otlp:Endpoint is '{Endpoint}', but must be a URL like http://127.0.0.1:4318";
}
