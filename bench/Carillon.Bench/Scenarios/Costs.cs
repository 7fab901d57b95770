using System.Globalization;
using Carillon.Bench.Children;
using Carillon.Bench.Load;

namespace Carillon.Bench.Scenarios;

/// <summary>
/// What is paid for the recognition of repeats, and for hashes of e-mails, by each <c>import_and_start</c> of a new profile. The servers are measured in turn, again and
/// again, so that what else happens on the machine happens to all of them; the line of each is its least disturbed round, by the server's time.
/// </summary>
internal static class Costs
{
    private const int Rounds = 9;
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(Options options, string store, Report report)
    {
        using var sink = await Sink.StartAsync();
        using var plain = await StartAsync("no repeats recognised", recognises: false);
        using var body = await StartAsync("repeats by the body", recognises: true);
        using var named = await StartAsync("repeats by Request-ID", recognises: true, named: true);
        using var hashes = await StartAsync("no repeats, email_hashes", recognises: false, hashes: true);
        Variant[] variants = [plain, body, named, hashes];

        var time = TimeSpan.FromSeconds(Math.Max(1, options.Seconds / (double)Rounds));
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var variant in variants) await variant.MeasureAsync(time, round == 0 ? HttpLoad.WarmUp : Again);
        }
        foreach (var variant in variants)
        {
            var remark = string.Create(CultureInfo.InvariantCulture, $"{variant.Best.ServerMicroseconds / plain.Best.ServerMicroseconds:0.00} of the plain one's server time");
            report.Add(variant.Best with { Remark = remark });
        }

        async Task<Variant> StartAsync(string name, bool recognises, bool named = false, bool hashes = false)
        {
            var connections = options.Connections[0];
            var server = await Server.StartAsync(options, store, sink.Port, recognises: recognises, hashes: hashes);
            return new Variant($"{store}: import_and_start, new, {connections} connections, {name}", server, new HttpLoad(server.Port, Samples.ImportAndStart(timeout: true, named), connections));
        }
    }

    private sealed class Variant(string name, Server server, HttpLoad load) : IDisposable
    {
        private readonly List<Measured> _lines = [];
        private long _number;

        public Measured Best => _lines.MinBy(line => line.ServerMicroseconds)!;

        public async Task MeasureAsync(TimeSpan time, TimeSpan warmUp) =>
            _lines.Add(await load.MeasureAsync(name, server.Process, time, () => Interlocked.Increment(ref _number), warmUp));

        public void Dispose() => server.Dispose();
    }
}
