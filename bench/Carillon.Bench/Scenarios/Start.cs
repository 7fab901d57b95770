using Carillon.Bench.Children;
using Carillon.Bench.Load;

namespace Carillon.Bench.Scenarios;

/// <summary>Launches for known profiles, found by e-mail. The sink lets nobody in, so that nothing is delivered meanwhile.</summary>
internal static class Start
{
    private const int Profiles = 20_000;

    /// <summary><c>start</c>: the profile is only read.</summary>
    public static Task StartAsync(Options options, string store, Report report) =>
        RunAsync(options, store, report, "start", Samples.Start, [options.Connections[0]]);

    /// <summary><c>import_and_start</c>: the profile is found, merged and, as nothing of it is new, left as it is.</summary>
    public static Task ImportAsync(Options options, string store, Report report) =>
        RunAsync(options, store, report, "import_and_start", Samples.ImportAndStart(timeout: true), options.Connections);

    private static async Task RunAsync(Options options, string store, Report report, string method, RequestText request, IReadOnlyList<int> all)
    {
        foreach (var connections in all)
        {
            using var sink = await Sink.StartAsync();
            using var server = await Server.StartAsync(options, store, sink.Port);
            await new HttpLoad(server.Port, Samples.ImportProfile, 64).FillAsync(Profiles);
            var line = await new HttpLoad(server.Port, request, connections).MeasureAsync($"{store}: {method}, {Profiles:N0} known, {connections} connections", server.Process,
                TimeSpan.FromSeconds(options.Seconds), () => Random.Shared.Next(Profiles));
            report.Add(line, connections);
        }
    }
}
