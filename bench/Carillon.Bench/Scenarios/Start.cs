using Carillon.Bench.Children;
using Carillon.Bench.Load;

namespace Carillon.Bench.Scenarios;

/// <summary><c>start</c> for known profiles, found by e-mail. The sink lets nobody in, so that nothing is delivered meanwhile.
/// The same profile comes again with the same body and means it, so repeats are not looked for.</summary>
internal static class Start
{
    private const int Profiles = 20_000;

    public static async Task RunAsync(Options options, Report report)
    {
        using var sink = await Sink.StartAsync();
        using var server = await Server.StartAsync(options, sink.Port, recognises: false);
        await new HttpLoad(server.Port, Samples.ImportProfile, 64).FillAsync(Profiles);

        var connections = options.Connections[0];
        report.Add(await new HttpLoad(server.Port, Samples.Start, connections).MeasureAsync($"start, {Profiles:N0} known, {connections} connections", server.Process,
            TimeSpan.FromSeconds(options.Seconds), () => Random.Shared.Next(Profiles)), connections);
    }
}
