using Carillon.Bench.Children;
using Carillon.Bench.Load;

namespace Carillon.Bench.Scenarios;

/// <summary><c>start</c> with a <c>custom_request</c>: by a field that is looked up, and by one for which every profile is looked at, with the memory of
/// the server, as the number of stored profiles grows. The sink lets nobody in.</summary>
internal static class CustomRequest
{
    public static async Task RunAsync(Options options, string store, Report report)
    {
        using var sink = await Sink.StartAsync();
        using var server = await Server.StartAsync(options, store, sink.Port, recognises: false);
        long stored = 0;
        foreach (var profiles in options.Profiles)
        {
            await new HttpLoad(server.Port, Samples.ImportProfile, 64).FillAsync(profiles, from: stored);
            stored = profiles;
            await MeasureAsync(Samples.StartByLookup, $"{store}: start by custom_request, looked up, {profiles:N0} profiles", options.Connections[0]);
            await MeasureAsync(Samples.StartByLooking, $"{store}: start by custom_request, all {profiles:N0} looked at", 1);
        }

        async Task MeasureAsync(RequestText request, string scenario, int connections)
        {
            var line = await new HttpLoad(server.Port, request, connections).MeasureAsync(scenario, server.Process, TimeSpan.FromSeconds(options.Seconds), () => Random.Shared.Next((int)stored));
            report.Add(line with { Remark = $"{server.Process.ResidentMegabytes():N0} MB resident" });
        }
    }
}
