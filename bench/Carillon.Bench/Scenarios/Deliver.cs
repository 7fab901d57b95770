using Carillon.Bench.Children;
using Carillon.Bench.Load;

namespace Carillon.Bench.Scenarios;

/// <summary>From a full queue to the sink. The first fifth warms up and is not counted.</summary>
internal static class Deliver
{
    public static async Task RunAsync(Options options, string store, Report report)
    {
        foreach (var connections in options.Senders) await DrainAsync(options, store, report, connections);
    }

    private static async Task DrainAsync(Options options, string store, Report report, int connections)
    {
        using var sink = await Sink.StartAsync();
        using var server = await Server.StartAsync(options, store, sink.Port, connections);
        await new HttpLoad(server.Port, Samples.ImportAndStart(timeout: false), 64).FillAsync(options.Messages);

        await sink.ExpectAsync(options.Messages / 5);
        await sink.OpenAsync();
        var (warm, cpuBefore) = (await sink.ReachedAsync(), server.Process.ProcessorTime());
        await sink.ExpectAsync(options.Messages);
        var (done, cpuAfter) = (await sink.ReachedAsync(), server.Process.ProcessorTime());

        var mails = done.Mails - warm.Mails;
        report.Keep($"deliver {store}", mails / (done.Seconds - warm.Seconds));
        report.Add(new Measured($"{store}: deliver from a full queue, {connections} connections", mails / (done.Seconds - warm.Seconds))
        {
            ServerMicroseconds = (cpuAfter - cpuBefore).TotalMicroseconds / mails,
            Remark = $"{done.Bytes / done.Mails} bytes a mail; {server.Process.ResidentMegabytes():N0} MB resident",
        });
    }
}
