using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Carillon.Storage;

namespace Carillon.Api;

/// <summary>Adds up what the rooms count, and writes it in Prometheus' text format (0.0.4).</summary>
public sealed class PrometheusText : IDisposable
{
    private static readonly double[] Bounds = [.. Telemetry.Bounds];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<(Instrument, string Labels), Series> _series = new();
    private readonly ConcurrentDictionary<string, (string Help, double Value)> _gauges = new();
    private readonly ConcurrentDictionary<(Instrument, object?, object?), string> _labels = new();

    public PrometheusText(Telemetry telemetry)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, telemetry.Meter)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Find(instrument, tags).Add(value));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Find(instrument, tags).Add(value));
        _listener.Start();
    }

    public void Gauge(string name, string help, double value) => _gauges[name] = (help, value);

    /// <summary>Leaves the gauges out: a number that nobody can know now is worse than none.</summary>
    public void NoGauges() => _gauges.Clear();

    public string Write()
    {
        var text = new StringBuilder();
        foreach (var (name, (help, value)) in _gauges.OrderBy(gauge => gauge.Key, StringComparer.Ordinal))
            text.Append($"# HELP {name} {help}\n# TYPE {name} gauge\n{name} {Number(value)}\n");
        foreach (var group in _series.GroupBy(series => series.Key.Item1).OrderBy(group => group.Key.Name, StringComparer.Ordinal))
        {
            var histogram = group.Key is Histogram<double>;
            text.Append($"# HELP {group.Key.Name} {group.Key.Description}\n# TYPE {group.Key.Name} {(histogram ? "histogram" : "counter")}\n");
            foreach (var ((_, labels), series) in group.OrderBy(series => series.Key.Labels, StringComparer.Ordinal)) series.Write(text, group.Key.Name, labels, histogram);
        }
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private Series Find(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // Two labels at most, all from small fixed sets: routes, error codes, states.
        var key = (instrument, tags.Length > 0 ? tags[0].Value : null, tags.Length > 1 ? tags[1].Value : null);
        if (!_labels.TryGetValue(key, out var labels)) labels = _labels.GetOrAdd(key, Labels(tags));
        return _series.GetOrAdd((instrument, labels), _ => new Series());
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        List<string> labels = [];
        foreach (var (name, value) in tags) labels.Add($"{name}=\"{value}\"");
        return string.Join(',', labels);
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private sealed class Series
    {
        private readonly Lock _gate = new();
        private readonly long[] _buckets = new long[Bounds.Length];
        private double _sum;
        private long _count;

        public void Add(double value)
        {
            lock (_gate)
            {
                _sum += value;
                _count++;
                for (var i = Bounds.Length - 1; i >= 0 && value <= Bounds[i]; i--) _buckets[i]++;
            }
        }

        public void Write(StringBuilder text, string name, string labels, bool histogram)
        {
            lock (_gate)
            {
                if (!histogram)
                {
                    text.Append($"{name}{Braced(labels)} {Number(_sum)}\n");
                    return;
                }
                var comma = labels.Length == 0 ? "" : ",";
                for (var i = 0; i < Bounds.Length; i++) text.Append($"{name}_bucket{{{labels}{comma}le=\"{Number(Bounds[i])}\"}} {_buckets[i]}\n");
                text.Append($"{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {_count}\n{name}_sum{Braced(labels)} {Number(_sum)}\n{name}_count{Braced(labels)} {_count}\n");
            }
        }

        private static string Braced(string labels) => labels.Length == 0 ? "" : $"{{{labels}}}";
    }
}
