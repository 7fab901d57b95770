using System.Globalization;
using System.Text.Json;

namespace Carillon.Bench;

/// <summary>One line of the table. Latencies are milliseconds; what was not measured is null.</summary>
internal sealed record Measured(string Scenario, double PerSecond)
{
    public double? P50 { get; init; }
    public double? P99 { get; init; }
    /// <summary>Processor time of the server per operation in microseconds, of all its threads together. Steadier than the rate on a shared machine.</summary>
    public double? ServerMicroseconds { get; init; }
    /// <summary>The rate as a share of the baseline's at as many connections.</summary>
    public double? OfBaseline { get; init; }
    public string Remark { get; init; } = "";
}

/// <summary>Prints each line as soon as it is known.</summary>
internal sealed class Report
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };
    private readonly List<Measured> lines = [];
    private readonly Dictionary<int, double> baselines = [];

    public void Baseline(int connections, Measured line)
    {
        baselines[connections] = line.PerSecond;
        Add(line, connections);
    }

    public void Add(Measured line, int? connections = null)
    {
        if (lines.Count == 0) Console.WriteLine($"{"scenario",-52}{"per second",12}{"p50 ms",9}{"p99 ms",9}{"server us",11}{"/baseline",11}");
        if (connections is { } used && baselines.TryGetValue(used, out var baseline)) line = line with { OfBaseline = line.PerSecond / baseline };
        lines.Add(line);
        Console.WriteLine($"{line.Scenario,-52}{line.PerSecond.ToString("N0", CultureInfo.InvariantCulture),12}{Show(line.P50),9}{Show(line.P99),9}{Show(line.ServerMicroseconds),11}{Show(line.OfBaseline),11}  {line.Remark}");
    }

    public string ToJson(Machine machine, Options options) => JsonSerializer.Serialize(new { machine, options, results = lines }, Json);

    private static string Show(double? number) => number?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";
}
