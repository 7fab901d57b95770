using Carillon.Bench.Children;
using Carillon.Bench.Load;

namespace Carillon.Bench.Scenarios;

/// <summary>
/// What a launch costs, how long it takes to find a profile, and what the server holds in memory, as the numbers of stored profiles and of messages
/// that wait grow. Profiles are taken at random, which is the worst for every cache.
/// </summary>
internal static class Growth
{
    private const int Readers = 4;

    public static async Task RunAsync(Options options, string store, Report report)
    {
        using var sink = await Sink.StartAsync();
        await sink.OpenAsync();
        using var place = await Place.MakeAsync(options, store, sink.Port, connections: 8);
        long stored = 0;
        List<Measured> first = [];
        foreach (var profiles in options.Profiles)
        {
            await Filler.FillAsync(place, stored, profiles);
            stored = profiles;
            using var server = await Server.StartAsync(place);
            List<Measured> lines =
            [
                await MeasureAsync(options, server, $"{store}: profiles/get of {profiles:N0}, {Readers} connections", Samples.GetProfile, Readers, profiles),
                await MeasureAsync(options, server, $"{store}: import_and_start, known of {profiles:N0}", Samples.ImportAndStart(timeout: true), options.Connections[0], profiles),
                await MeasureAsync(options, server, $"{store}: start, known of {profiles:N0}, delivering", Samples.Start, options.Connections[0], profiles),
            ];
            if (first.Count == 0) first = lines;
            foreach (var (line, before) in lines.Zip(first)) report.Add(line with { Remark = Told(line, before, server) });
        }
    }

    private static Task<Measured> MeasureAsync(Options options, Server server, string scenario, RequestText request, int connections, int profiles) =>
        new HttpLoad(server.Port, request, connections).MeasureAsync(scenario, server.Process, TimeSpan.FromSeconds(options.Seconds), () => Random.Shared.Next(profiles));

    private static string Told(Measured line, Measured first, Server server) =>
        $"{server.Process.ResidentMegabytes():N0} MB resident; per call {line.ServerMicroseconds / first.ServerMicroseconds:0.00} of the first's processor time, {first.PerSecond / line.PerSecond:0.00} of its time";
}
