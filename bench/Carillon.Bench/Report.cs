using System.Globalization;
using System.Text.Json;

namespace Carillon.Bench;

/// <summary>One line of the table. Latencies are milliseconds; what was not measured is null.</summary>
internal sealed record Measured(string Scenario, double PerSecond)
{
    public double? P50 { get; init; }
    public double? P99 { get; init; }
    public double? P999 { get; init; }
    /// <summary>Processor time of the server per operation in microseconds, of all its threads together. Steadier than the rate on a shared machine.
    /// On PostgreSQL it is Carillon's alone, not the database's.</summary>
    public double? ServerMicroseconds { get; init; }
    /// <summary>The rate as a share of the baseline's at as many connections.</summary>
    public double? OfBaseline { get; init; }
    public string Remark { get; init; } = "";
}

/// <summary>Prints each line as soon as it is known, and at the end what the lines say of each other.</summary>
internal sealed class Report
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };
    private readonly List<Measured> lines = [];
    private readonly Dictionary<int, double> baselines = [];
    private readonly Dictionary<string, double> best = [];
    private readonly Dictionary<string, string> versions = [];

    public void Baseline(int connections, Measured line)
    {
        baselines[connections] = line.PerSecond;
        Add(line, connections);
    }

    public void Add(Measured line, int? connections = null)
    {
        if (lines.Count == 0) Console.WriteLine($"{"scenario",-58}{"per second",12}{"p50 ms",9}{"p99 ms",9}{"p99.9 ms",10}{"server us",11}{"/baseline",11}");
        if (connections is { } used && baselines.TryGetValue(used, out var baseline)) line = line with { OfBaseline = line.PerSecond / baseline };
        lines.Add(line);
        Console.WriteLine($"{line.Scenario,-58}{line.PerSecond.ToString("N0", CultureInfo.InvariantCulture),12}{Show(line.P50),9}{Show(line.P99),9}{Show(line.P999),10}{Show(line.ServerMicroseconds),11}{Show(line.OfBaseline),11}  {line.Remark}");
    }

    /// <summary>Keeps a number for the comparison; of several under one name the highest, so that whoever is compared is shown at its best.</summary>
    public void Keep(string name, double value) => best[name] = Math.Max(value, best.GetValueOrDefault(name));

    /// <summary>What a comparison was made with.</summary>
    public void Version(string name, string version) => versions[name] = version;

    public void Conclude()
    {
        foreach (var (name, version) in versions) Console.WriteLine($"with {name}: {version}");
        foreach (var (what, ours, theirs, wanted) in Ratios.All)
        {
            if (best.TryGetValue(ours, out var a) && best.TryGetValue(theirs, out var b))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ratio     {what}: {a:N0} to {b:N0} = {a / b:0.00} (wanted: {wanted:0.0})"));
        }
    }

    public string ToJson(Machine machine, Options options) => JsonSerializer.Serialize(new
    {
        machine, options, versions, results = lines,
        ratios = Ratios.All.Where(ratio => best.ContainsKey(ratio.Ours) && best.ContainsKey(ratio.Theirs)).Select(ratio => new
        {
            ratio.What, ours = best[ratio.Ours], theirs = best[ratio.Theirs], ratio = best[ratio.Ours] / best[ratio.Theirs], ratio.Wanted,
        }),
    }, Json);

    private static string Show(double? number) => number?.ToString("0.00", CultureInfo.InvariantCulture) ?? "-";
}

/// <summary>What is compared with what, at the best that each showed in this run.</summary>
internal static class Ratios
{
    public static readonly (string What, string Ours, string Theirs, double Wanted)[] All =
    [
        ("mails/s on SQLite to nodemailer from BullMQ", "deliver sqlite", "node deliver", 4),
        ("mails/s on SQLite to SmtpClient from a PostgreSQL table", "deliver sqlite", "smtpclient", 4),
        ("mails/s on SQLite to smtp-source", "deliver sqlite", "smtp-source", 0.3),
        ("launches/s on SQLite to BullMQ's bare enqueue, 32 callers", "import sqlite 32", "node enqueue", 0.6),
        ("launches/s on SQLite to BullMQ behind HTTP, 32 connections", "import sqlite 32", "node http", 0.6),
        ("launches/s on SQLite to bare group commit, 32 callers", "import sqlite 32", "group commit 32", 0.3),
        ("launches/s on PostgreSQL to SQLite, 32 connections", "import postgres 32", "import sqlite 32", 0.5),
        ("launches/s on PostgreSQL to SQLite, 128 connections", "import postgres 128", "import sqlite 128", 0.5),
        ("mails/s on PostgreSQL to SQLite", "deliver postgres", "deliver sqlite", 0.5),
    ];
}
