using System.Diagnostics;
using Carillon.Bench.Children;
using Carillon.Bench.Load;

namespace Carillon.Bench.Scenarios;

/// <summary>From the call to the mail: how many launches a second go through with every mail delivered, and how long one takes from answer to mail.</summary>
internal static class Flow
{
    private const int Connections = 32;
    private const int Senders = 16;

    /// <summary>Launches for some seconds, then waits for the last mail: the time until then is what counts.</summary>
    public static async Task ThroughputAsync(Options options, string store, Report report)
    {
        using var sink = await Sink.StartAsync();
        await sink.OpenAsync();
        using var server = await Server.StartAsync(options, store, sink.Port, Senders);
        // Warm-up, with its mails.
        var warm = await RunAsync(server, sink, TimeSpan.FromSeconds(4), from: 0);
        var cpu = server.Process.ProcessorTime();
        var (launches, seconds) = await RunAsync(server, sink, TimeSpan.FromSeconds(options.Seconds), from: warm.Launches);
        report.Keep($"flow {store}", launches / seconds);
        report.Add(new Measured($"{store}: import_and_start to the last mail, {Connections} connections", launches / seconds)
        {
            ServerMicroseconds = (server.Process.ProcessorTime() - cpu).TotalMicroseconds / launches,
            Remark = $"{launches:N0} launches in {options.Seconds} s, all {launches:N0} mails after {seconds:0.0} s; {server.Process.ResidentMegabytes():N0} MB resident",
        });
    }

    /// <summary>At a steady rate, from the moment the answer is read to the moment the sink has the mail.</summary>
    public static async Task LatencyAsync(Options options, string store, Report report)
    {
        var rate = options.Rate == 0 ? 500 : options.Rate;
        using var sink = await Sink.StartAsync();
        await sink.OpenAsync();
        using var server = await Server.StartAsync(options, store, sink.Port, Senders);
        var load = new PacedLoad(server.Port, Samples.ImportAndStart(timeout: false), Connections, rate);
        var warm = rate * 10;
        await sink.ExpectAsync(warm);
        await load.RunAsync(TimeSpan.FromSeconds(10), first: 0);
        await sink.ReachedAsync();

        var count = rate * options.Seconds;
        await sink.NoteAsync(warm + count);
        await sink.ExpectAsync(warm + count);
        var cpu = server.Process.ProcessorTime();
        await load.RunAsync(TimeSpan.FromSeconds(options.Seconds), first: warm);
        await sink.ReachedAsync();
        cpu = server.Process.ProcessorTime() - cpu;

        var arrived = (await sink.ArrivalsAsync())[warm..];
        var (answers, fromAnswer, fromCall) = (new Latencies(), new Latencies(), new Latencies());
        for (var i = 0; i < count; i++)
        {
            answers.Add(Stopwatch.GetElapsedTime(load.Asked[i], load.Answered[i]));
            // The mail may be there before its call's answer was read.
            fromAnswer.Add(Stopwatch.GetElapsedTime(load.Answered[i], Math.Max(load.Answered[i], arrived[i])));
            fromCall.Add(Stopwatch.GetElapsedTime(load.Asked[i], arrived[i]));
        }
        report.Add(answers.Told($"{store}: answer at {rate} launches/s", rate) with { ServerMicroseconds = cpu.TotalMicroseconds / count });
        report.Add(fromAnswer.Told($"{store}: from answer to mail at {rate} launches/s", rate));
        report.Add(fromCall.Told($"{store}: from call to mail at {rate} launches/s", rate));
    }

    /// <summary>Launches for a time, then waits for the last mail.</summary>
    public static async Task<(long Launches, double Seconds)> RunAsync(Server server, Sink sink, TimeSpan time, long from)
    {
        var (number, started) = (from - 1, Stopwatch.GetTimestamp());
        await new HttpLoad(server.Port, Samples.ImportAndStart(timeout: false), Connections)
            .RunAsync(() => Stopwatch.GetElapsedTime(started) < time ? Interlocked.Increment(ref number) : -1);
        await sink.ReachAsync(number + 1);
        return (number + 1 - from, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }
}
