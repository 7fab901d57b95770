using Carillon.Bench.Children;
using Carillon.Bench.Load;

namespace Carillon.Bench.Scenarios;

/// <summary><c>import_and_start</c> of new profiles: taken in only, and with the deliveries that follow.</summary>
internal static class Import
{
    public static async Task RunAsync(Options options, string store, Report report)
    {
        foreach (var connections in options.Connections) await TakeInAsync(options, store, report, connections);
        await WithDeliveriesAsync(options, store, report, options.Connections[0]);
    }

    private static async Task TakeInAsync(Options options, string store, Report report, int connections)
    {
        using var sink = await Sink.StartAsync();
        using var server = await Server.StartAsync(options, store, sink.Port);
        var line = await MeasureAsync(options, server, $"{store}: import_and_start, new, {connections} connections", connections, timeout: true);
        report.Keep($"import {store} {connections}", line.PerSecond);
        report.Add(line with { Remark = $"{server.Process.ResidentMegabytes():N0} MB resident" }, connections);
    }

    private static async Task WithDeliveriesAsync(Options options, string store, Report report, int connections)
    {
        using var sink = await Sink.StartAsync();
        await sink.OpenAsync();
        using var server = await Server.StartAsync(options, store, sink.Port);
        var before = await sink.CountAsync();
        var line = await MeasureAsync(options, server, $"{store}: import_and_start, new, {connections} connections, delivering", connections, timeout: false);
        var after = await sink.CountAsync();
        report.Add(line with { Remark = $"{(after.Mails - before.Mails) / (after.Seconds - before.Seconds):N0} mails/s went out, warm-up included" }, connections);
    }

    private static Task<Measured> MeasureAsync(Options options, Server server, string scenario, int connections, bool timeout)
    {
        long number = 0;
        var load = new HttpLoad(server.Port, Samples.ImportAndStart(timeout), connections);
        return load.MeasureAsync(scenario, server.Process, TimeSpan.FromSeconds(options.Seconds), () => Interlocked.Increment(ref number));
    }
}
