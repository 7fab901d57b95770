using System.Diagnostics;
using Carillon.Bench.Children;
using Carillon.Bench.Load;

namespace Carillon.Bench.Scenarios;

/// <summary>
/// What it costs to engage a profile, and what the server holds in memory, as the number of runs that wait grows; then how many steps a second the engine
/// makes beside them, of runs that wait a second, are split and look at a field, again and again.
/// </summary>
internal static class WaitingRuns
{
    /// <summary>Runs that are always busy: more than the engine gets through in the second that they wait.</summary>
    private const int Busy = 20_000;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);

    public static async Task RunAsync(Options options, string store, Report report)
    {
        using var sink = await Sink.StartAsync();
        using var place = await Place.MakeAsync(options, store, sink.Port, connections: 8);
        long stored = 0, made = 1_000_000_000;
        Measured? first = null;
        foreach (var waiting in options.Profiles)
        {
            await RunFiller.FillAsync(place, stored, waiting, workflow: 20, seconds: 30 * 86_400);
            stored = waiting;
            using var server = await Server.StartAsync(place);
            var line = await new HttpLoad(server.Port, Samples.StartWorkflow, options.Connections[0])
                .MeasureAsync($"{store}: import_and_start, {waiting:N0} runs wait", server.Process, TimeSpan.FromSeconds(options.Seconds), () => Interlocked.Increment(ref made));
            first ??= line;
            report.Add(line with { Remark = $"{server.Process.ResidentMegabytes():N0} MB resident; {line.ServerMicroseconds / first.ServerMicroseconds:0.00} of the first's processor time, {line.P50 / first.P50:0.00} of its p50" });
        }
        await RunFiller.FillAsync(place, 500_000_000, 500_000_000 + Busy, workflow: 21, seconds: 0);
        report.Add(await StepsAsync(options, place, $"{store}: steps, beside {stored:N0} runs that wait"));
    }

    private static async Task<Measured> StepsAsync(Options options, Place place, string scenario)
    {
        using var server = await Server.StartAsync(place);
        await Task.Delay(WarmUp, TimeProvider.System);
        var (before, cpu, started) = (await server.MetricAsync("carillon_workflow_steps_total"), server.Process.ProcessorTime(), Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(options.Seconds), TimeProvider.System);
        var steps = await server.MetricAsync("carillon_workflow_steps_total") - before;
        var (elapsed, used) = (Stopwatch.GetElapsedTime(started), server.Process.ProcessorTime() - cpu);
        return new Measured(scenario, steps / elapsed.TotalSeconds)
        {
            ServerMicroseconds = used.TotalMicroseconds / steps, Remark = $"{server.Process.ResidentMegabytes():N0} MB resident",
        };
    }
}
