using System.Runtime.InteropServices;
using Carillon.Bench.Children;
using Carillon.Bench.Scenarios;

namespace Carillon.Bench;

/// <summary>The scenarios in their order, one after the other, each with servers and data of its own.</summary>
internal static class Run
{
    public static async Task<int> AllAsync(Options options)
    {
        var needsPostgres = options.Stores.Contains(Options.Postgres) || options.Wants("smtpclient");
        using var cluster = needsPostgres && options.Database is null ? PostgresCluster.Start(options.Data) : null;
        // Whoever stops the bench half-way wants no database server left behind.
        using var stopped = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => StopEarly(cluster));
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => StopEarly(cluster));
        if (cluster is not null) options = options with { Database = cluster.Connection };

        var machine = Machine.Look(options);
        Console.WriteLine(machine);
        var report = new Report();
        if (options.Wants("baseline")) await Baseline.RunAsync(options, report);
        var steady = true;
        foreach (var store in options.Stores) steady &= await StoreAsync(options, store, report);
        if (options.Wants("render")) Render.Run(options, report);
        if (options.Wants("limits")) await Limits.RunAsync(options, report);
        if (options.Wants("node")) await NodeRival.RunAsync(options, report);
        if (options.Wants("smtpclient")) await SmtpClientRival.RunAsync(options, report);
        report.Conclude();
        if (options.Json is { } file) await File.WriteAllTextAsync(file, report.ToJson(machine, options));
        return steady ? 0 : 2;
    }

    private static void StopEarly(PostgresCluster? cluster)
    {
        cluster?.Dispose();
        Environment.Exit(130);
    }

    private static async Task<bool> StoreAsync(Options options, string store, Report report)
    {
        if (options.Wants("import")) await Import.RunAsync(options, store, report);
        if (options.Wants("costs")) await Costs.RunAsync(options, store, report);
        if (options.Wants("batch")) await Batch.RunAsync(options, store, report);
        if (options.Wants("known")) await Start.ImportAsync(options, store, report);
        if (options.Wants("start")) await Start.StartAsync(options, store, report);
        if (options.Wants("deliver")) await Deliver.RunAsync(options, store, report);
        if (options.Wants("flow")) await Flow.ThroughputAsync(options, store, report);
        if (options.Wants("latency")) await Flow.LatencyAsync(options, store, report);
        if (options.Wants("growth")) await Growth.RunAsync(options, store, report);
        if (options.Wants("query")) await CustomRequest.RunAsync(options, store, report);
        if (options.Wants("workflows")) await WaitingRuns.RunAsync(options, store, report);
        return !options.Wants("soak") || await Soak.RunAsync(options, store, report);
    }
}
