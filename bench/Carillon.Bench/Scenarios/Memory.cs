using Carillon.Bench.Children;
using Carillon.Bench.Load;

namespace Carillon.Bench.Scenarios;

/// <summary>What the server holds in memory, and how long it takes to find a profile by e-mail, as the number of stored profiles grows.</summary>
internal static class Memory
{
    private const int Connections = 4;

    public static async Task RunAsync(Options options, Report report)
    {
        using var sink = await Sink.StartAsync();
        using var server = await Server.StartAsync(options, sink.Port);
        long stored = 0;
        double? first = null;
        foreach (var profiles in options.Profiles)
        {
            await new HttpLoad(server.Port, Samples.ImportProfile, 64).FillAsync(profiles, from: stored);
            stored = profiles;
            var filled = server.Process.ResidentMegabytes();
            // The first size is read once more before it counts, so that the others are not compared with a cold server.
            if (first is null) await ReadAsync(options, server, profiles);
            var line = await ReadAsync(options, server, profiles);
            first ??= line.P99;
            report.Add(line with { Remark = $"{filled:N0} MB resident after the import, {server.Process.ResidentMegabytes():N0} MB after the reading; p99 is {line.P99 / first:0.00} times the first" });
        }
    }

    private static Task<Measured> ReadAsync(Options options, Server server, int profiles) =>
        new HttpLoad(server.Port, Samples.GetProfile, Connections).MeasureAsync($"profiles/get of {profiles:N0}, {Connections} connections", server.Process,
            TimeSpan.FromSeconds(options.Seconds), () => Random.Shared.Next(profiles));
}
