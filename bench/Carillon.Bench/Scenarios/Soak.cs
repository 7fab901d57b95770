using System.Globalization;
using Carillon.Bench.Children;
using Carillon.Bench.Load;

namespace Carillon.Bench.Scenarios;

/// <summary>
/// For minutes at half of what this machine can do: does anything grow that should not? Memory, open files and the queue are looked at ten times; at
/// the end every mail must be out, and the server must stop.
/// </summary>
internal static class Soak
{
    private const int Connections = 32;
    private const int Senders = 16;
    private const int Looks = 10;

    public static async Task<bool> RunAsync(Options options, string store, Report report)
    {
        using var sink = await Sink.StartAsync();
        await sink.OpenAsync();
        using var server = await Server.StartAsync(options, store, sink.Port, Senders);
        var (rate, launched) = await RateAsync(options, server, sink);
        Console.WriteLine($"soak      {store}: {rate} launches/s for {options.Minutes.ToString(CultureInfo.InvariantCulture)} minutes");

        var load = new PacedLoad(server.Port, Samples.ImportAndStart(timeout: false), Connections, rate);
        List<(double Megabytes, int Files, double Waiting)> looks = [];
        for (var look = 1; look <= Looks; look++)
        {
            await load.RunAsync(TimeSpan.FromMinutes(options.Minutes / Looks), launched);
            launched += load.Asked.Length;
            looks.Add((server.Process.ResidentMegabytes(), server.Process.OpenFiles(), await server.WaitingAsync()));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"soak      {store}: {look * options.Minutes / Looks:0.0} min, {launched:N0} launched, {looks[^1].Megabytes:N0} MB resident, {looks[^1].Files} open files, {looks[^1].Waiting:N0} waiting"));
        }
        await sink.ReachAsync(launched);
        var left = await server.WaitingAsync();
        var exit = await server.Process.TerminateAsync();

        // The first looks are the warm-up: caches fill, the runtime compiles.
        var (early, late) = (looks[Looks / 2 - 1], looks[^1]);
        var steady = late.Megabytes <= early.Megabytes * 1.15 + 16 && late.Files <= early.Files + 8 && left == 0 && exit == 0 && load.Late.TotalSeconds < 2;
        report.Add(new Measured($"{store}: soak, {options.Minutes.ToString(CultureInfo.InvariantCulture)} minutes", rate)
        {
            Remark = string.Create(CultureInfo.InvariantCulture, $"{(steady ? "steady" : "NOT STEADY")}: {launched:N0} launches, all delivered; memory {early.Megabytes:N0} MB half-way, {late.Megabytes:N0} MB at the end; open files {early.Files}, {late.Files}; {left} left waiting; exit code {exit}"),
        });
        return steady;
    }

    /// <summary>Half of what goes through with everything delivered, measured for ten seconds, unless a rate was given.</summary>
    private static async Task<(int Rate, long Launched)> RateAsync(Options options, Server server, Sink sink)
    {
        if (options.Rate > 0) return (options.Rate, 0);
        var warm = await Flow.RunAsync(server, sink, TimeSpan.FromSeconds(5), from: 0);
        var (launches, seconds) = await Flow.RunAsync(server, sink, TimeSpan.FromSeconds(10), from: warm.Launches);
        return ((int)(launches / seconds / 2), warm.Launches + launches);
    }
}
