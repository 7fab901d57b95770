using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Carillon.Storage;
using Npgsql;

namespace Carillon.Bench;

/// <summary>Where the numbers come from: without it they say nothing.</summary>
internal sealed record Machine
{
    public required int Cores { get; init; }
    public required string Processor { get; init; }
    public required string Memory { get; init; }
    public required string System { get; init; }
    public required string DotNet { get; init; }
    public required string Sqlite { get; init; }
    /// <summary>Null where it is not measured.</summary>
    public required string? Postgres { get; init; }
    public required string Disk { get; init; }
    /// <summary>Processes that wanted to run in the last minute, before the bench began: on an idle machine under 0.5.</summary>
    public required string Load { get; init; }
    /// <summary>The median time to append 4 KB to a file and sync it; each commit pays it once.</summary>
    public required double SyncMilliseconds { get; init; }
    public string Settings => "SQLite with journal_mode=WAL and synchronous=FULL, PostgreSQL with fsync and synchronous_commit; Release build; server, load generator and sink as separate processes on one machine";

    public static Machine Look(Options options) => new()
    {
        Cores = Environment.ProcessorCount,
        Processor = Line("/proc/cpuinfo", "model name"),
        Memory = Line("/proc/meminfo", "MemTotal"),
        System = $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}",
        DotNet = RuntimeInformation.FrameworkDescription,
        Sqlite = SqliteLibrary.Choose(),
        Postgres = options.Database is { } server ? PostgresVersion(server) : null,
        Disk = $"{Path.GetFullPath(options.Data)} on {new DriveInfo(Path.GetFullPath(options.Data)).DriveFormat}",
        Load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "?",
        SyncMilliseconds = MeasureSync(options.Data),
    };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        machine   {Cores} cores, {Processor}; memory {Memory}; load before {Load}
        system    {System}; {DotNet}; {Sqlite}{(Postgres is null ? "" : "; " + Postgres)}
        disk      {Disk}; append and sync 4 KB: {SyncMilliseconds:0.00} ms
        settings  {Settings}

        """);

    private static string PostgresVersion(string server)
    {
        using var source = NpgsqlDataSource.Create(server);
        using var command = source.CreateCommand("SELECT 'PostgreSQL ' || current_setting('server_version') || ', fsync ' || current_setting('fsync') || ', synchronous_commit ' || current_setting('synchronous_commit')");
        return (string)command.ExecuteScalar()!;
    }

    private static double MeasureSync(string data)
    {
        var path = Path.Combine(data, $"carillon-bench-sync-{Environment.ProcessId}");
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        var block = new byte[4096];
        var times = new double[200];
        for (var i = 0; i < times.Length; i++)
        {
            var started = Stopwatch.GetTimestamp();
            file.Write(block);
            file.Flush(flushToDisk: true);
            times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }
        Array.Sort(times);
        return Math.Round(times[times.Length / 2], 3);
    }

    private static string Line(string file, string name)
    {
        if (!File.Exists(file)) return "?";
        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? "?" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
