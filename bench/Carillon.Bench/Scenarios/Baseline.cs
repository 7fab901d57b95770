using System.Globalization;
using Carillon.Bench.Children;
using Carillon.Bench.Load;

namespace Carillon.Bench.Scenarios;

/// <summary>The same requests to a server that parses and answers, and does nothing else.</summary>
internal static class Baseline
{
    public static async Task RunAsync(Options options, Report report)
    {
        using var server = Child.Start("carillon-bench.dll", ["baseline-server"]);
        var port = int.Parse(await server.HearAsync("listening "), CultureInfo.InvariantCulture);
        foreach (var connections in options.Connections)
        {
            long number = 0;
            var load = new HttpLoad(port, Samples.ImportAndStart(timeout: true), connections);
            report.Baseline(connections, await load.MeasureAsync($"baseline: parse and answer, {connections} connections", server,
                TimeSpan.FromSeconds(options.Seconds), () => Interlocked.Increment(ref number)));
        }
    }
}
