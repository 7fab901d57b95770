using Carillon.Bench.Children;
using Carillon.Bench.Load;

namespace Carillon.Bench.Scenarios;

/// <summary><c>import_and_start_batch</c>: a thousand new profiles with a message each in one call. The rates are of items, the latencies of calls.</summary>
internal static class Batch
{
    private const int Items = 1000;
    private const int Connections = 4;

    public static async Task RunAsync(Options options, string store, Report report)
    {
        using var sink = await Sink.StartAsync();
        using var server = await Server.StartAsync(options, store, sink.Port);
        long number = 0;
        var load = new HttpLoad(server.Port, Samples.ImportAndStartBatch(Items), Connections);
        var calls = await load.MeasureAsync($"{store}: import_and_start_batch, {Items} items a call, {Connections} connections", server.Process, TimeSpan.FromSeconds(options.Seconds), () => Interlocked.Increment(ref number));
        report.Add(calls with
        {
            PerSecond = calls.PerSecond * Items, ServerMicroseconds = calls.ServerMicroseconds / Items, Remark = $"items; {server.Process.ResidentMegabytes():N0} MB resident",
        });
    }
}
