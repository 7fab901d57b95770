using System.Globalization;
using System.Text.Json;
using Carillon.Bench.Children;
using Carillon.Bench.Load;

namespace Carillon.Bench.Scenarios;

/// <summary>
/// The usual way in Node: BullMQ on Redis that syncs on every write (<c>appendfsync always</c>), nodemailer with a pool, Handlebars. The same mails to the same sink.
/// </summary>
internal static class NodeRival
{
    private const int Callers = 32;

    public static async Task RunAsync(Options options, Report report)
    {
        if (Missing() is { } missing)
        {
            Console.WriteLine($"node: {missing}; bench/rivals/prepare fetches it");
            return;
        }
        var folder = Path.Combine(options.Data, $"carillon-bench-redis-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        try
        {
            report.Version("redis", Tool.Run("redis-server", "--version").Trim());
            report.Version("node", Tool.Run("node", "--version").Trim());
            await EnqueueAsync(options, report, folder);
            await HttpAsync(options, report, folder);
            // One process has one thread, so as many processes as cores are the other way to run it.
            foreach (var connections in options.Senders)
                foreach (var processes in new[] { 1, Environment.ProcessorCount }.Distinct()) await DeliverAsync(options, report, folder, connections, processes);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string? Missing()
    {
        if (!Directory.Exists(Path.Combine(Rivals.Folder, "node", "node_modules"))) return "its packages are missing";
        return !File.Exists("/usr/bin/redis-server") ? "redis-server is missing" : null;
    }

    /// <summary>Nothing but <c>queue.add</c>, from as many callers as we have connections.</summary>
    private static async Task EnqueueAsync(Options options, Report report, string folder)
    {
        using var redis = await StartRedisAsync(folder);
        using var node = StartNode("enqueue.mjs", "bare", $"{Callers}", $"{options.Seconds}");
        var result = JsonSerializer.Deserialize<JsonElement>(await node.HearAsync("result "));
        report.Version("packages", result.GetProperty("versions").GetRawText());
        var perSecond = result.GetProperty("perSecond").GetDouble();
        report.Keep("node enqueue", perSecond);
        report.Add(new Measured($"node: BullMQ, bare enqueue, {Callers} callers", perSecond)
        {
            P50 = result.GetProperty("p50").GetDouble(), P99 = result.GetProperty("p99").GetDouble(), P999 = result.GetProperty("p999").GetDouble(),
            Remark = "in the process itself, no HTTP, no profile",
        });
    }

    /// <summary>The body of our launch to an HTTP server that parses it and adds a job.</summary>
    private static async Task HttpAsync(Options options, Report report, string folder)
    {
        using var redis = await StartRedisAsync(folder);
        using var node = StartNode("enqueue.mjs", "http");
        var port = int.Parse(await node.HearAsync("listening "), CultureInfo.InvariantCulture);
        long number = 0;
        var line = await new HttpLoad(port, Samples.ImportAndStart(timeout: true), Callers).MeasureAsync($"node: BullMQ behind HTTP, {Callers} connections", node,
            TimeSpan.FromSeconds(options.Seconds), () => Interlocked.Increment(ref number));
        report.Keep("node http", line.PerSecond);
        report.Add(line with { Remark = "no profile, no match; server us without Redis" }, Callers);
    }

    private static async Task DeliverAsync(Options options, Report report, string folder, int connections, int processes)
    {
        // A job takes it much longer than us, so a third of the mails is as long a measurement.
        var mails = Math.Max(5_000, options.Messages / 3);
        using var redis = await StartRedisAsync(folder);
        using (var fill = StartNode("enqueue.mjs", "fill", $"{mails}")) await fill.HearAsync("filled");
        var (html, text) = (Path.Combine(folder, "html.hbs"), Path.Combine(folder, "text.hbs"));
        await File.WriteAllTextAsync(html, Samples.Handlebars(Samples.Html));
        await File.WriteAllTextAsync(text, Samples.Handlebars(Samples.Text));
        using var sink = await Sink.StartAsync();
        await sink.OpenAsync();
        await sink.ExpectAsync(mails / 5);
        var nodes = Enumerable.Range(0, processes).Select(_ => StartNode("worker.mjs", $"{sink.Port}", $"{connections / processes}", html, text)).ToList();
        var (warm, cpuBefore) = (await sink.ReachedAsync(), nodes.Sum(node => node.ProcessorTime().TotalMicroseconds));
        await sink.ReachAsync(mails);
        var (done, cpuAfter) = (await sink.CountAsync(), nodes.Sum(node => node.ProcessorTime().TotalMicroseconds));
        var perSecond = (mails - warm.Mails) / (done.Seconds - warm.Seconds);
        report.Keep("node deliver", perSecond);
        report.Add(new Measured($"node: BullMQ to nodemailer, {connections} connections, {processes} process{(processes == 1 ? "" : "es")}", perSecond)
        {
            ServerMicroseconds = (cpuAfter - cpuBefore) / (mails - warm.Mails),
            Remark = $"{done.Bytes / done.Mails} bytes a mail; {nodes.Sum(node => node.ResidentMegabytes()):N0} MB resident; server us without Redis",
        });
        foreach (var node in nodes) node.Dispose();
    }

    private static async Task<Child> StartRedisAsync(string folder)
    {
        foreach (var old in Directory.GetDirectories(folder)) Directory.Delete(old, recursive: true);
        var redis = Child.StartProgram("redis-server", ["--port", $"{Port}", "--bind", "127.0.0.1", "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--dir", folder]);
        await Rivals.ListensAsync(Port);
        return redis;
    }

    private static Child StartNode(string script, params string[] arguments) =>
        Child.StartProgram("node", [Path.Combine(Rivals.Folder, "node", script), .. arguments], ("REDIS_PORT", $"{Port}"), ("NODE_ENV", "production"));

    private static int Port => 30_000 + Environment.ProcessId % 10_000;
}
