using System.Diagnostics;
using System.Globalization;
using Carillon.Bench.Children;
using Carillon.Bench.Load;
using Carillon.Storage;

namespace Carillon.Bench.Scenarios;

/// <summary>What the parts could do alone: group commit without HTTP and without rules, and the fastest SMTP client that there is against the same sink.</summary>
internal static class Limits
{
    private static readonly SetStatement<(long Id, string Body)> Insert = new("INSERT INTO bench (id, body) SELECT id, body FROM {set}",
        new("id", SqlType.BigInt, row => row.Id), new("body", SqlType.Text, row => row.Body));

    public static async Task RunAsync(Options options, Report report)
    {
        foreach (var callers in options.Connections) await GroupCommitAsync(options, report, callers);
        await SmtpSourceAsync(options, report);
    }

    /// <summary>The body of a launch as one row; callers wait for the sync.</summary>
    private static async Task GroupCommitAsync(Options options, Report report, int callers)
    {
        using var place = await Place.MakeAsync(options, Options.Sqlite, 0, 1);
        await using var database = await SqliteDatabase.OpenAsync(Path.Combine(place.Folder, "bench.db"), TimeProvider.System, CancellationToken.None);
        await database.WriteAsync(session => session.ExecuteAsync("CREATE TABLE bench (id bigint PRIMARY KEY, body text NOT NULL) WITHOUT ROWID", CancellationToken.None), CancellationToken.None);
        var body = Samples.ImportAndStart(timeout: true).Body(0);
        long number = 0;
        await using var batcher = new Batcher<long, bool>(database, async (session, ids, cancel) =>
        {
            await session.ExecuteSetAsync(Insert, [.. ids.Select(id => (id, body))], cancel);
            return new bool[ids.Count];
        });
        Latencies? measuring = null;
        var stopped = false;
        var running = Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref stopped))
            {
                var asked = Stopwatch.GetTimestamp();
                await batcher.RunAsync(Interlocked.Increment(ref number), CancellationToken.None);
                Volatile.Read(ref measuring)?.Add(Stopwatch.GetElapsedTime(asked));
            }
        })));
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        var (latencies, started) = (new Latencies(), Stopwatch.GetTimestamp());
        Volatile.Write(ref measuring, latencies);
        await Task.Delay(TimeSpan.FromSeconds(options.Seconds), TimeProvider.System);
        Volatile.Write(ref measuring, null);
        var perSecond = latencies.Total / Stopwatch.GetElapsedTime(started).TotalSeconds;
        Volatile.Write(ref stopped, true);
        await running;
        report.Keep($"group commit {callers}", perSecond);
        report.Add(latencies.Told($"limit: group commit on SQLite, {callers} callers", perSecond) with { Remark = $"rows of {body.Length} bytes, no HTTP" });
    }

    /// <summary>Postfix's load generator with a mail of our size, into our sink and into its own.</summary>
    private static async Task SmtpSourceAsync(Options options, Report report)
    {
        if (Rivals.Postfix("smtp-source") is not { } source)
        {
            Console.WriteLine("limit: smtp-source is missing; bench/rivals/prepare fetches it");
            return;
        }
        report.Version("smtp-source", source.Version);
        var size = Rivals.MailBytes;
        foreach (var connections in options.Senders)
        {
            using var sink = await Sink.StartAsync();
            await sink.OpenAsync();
            Add(report, $"limit: smtp-source to our sink, {connections} connections", options, await SendAsync(source, connections, options.Messages, size, sink.Port));
            var port = 20_000 + Environment.ProcessId % 10_000;
            using var smtpSink = Rivals.Postfix("smtp-sink")!.Start("-u", "nobody", $"127.0.0.1:{port}", "512");
            await Rivals.ListensAsync(port);
            var perSecond = await SendAsync(source, connections, options.Messages, size, port);
            report.Add(new Measured($"limit: smtp-source to smtp-sink, {connections} connections", perSecond) { Remark = $"{size} bytes a mail" });
        }
    }

    private static void Add(Report report, string scenario, Options options, double perSecond)
    {
        report.Keep("smtp-source", perSecond);
        report.Add(new Measured(scenario, perSecond) { Remark = $"{Rivals.MailBytes} bytes a mail, {options.Messages:N0} mails, connections kept" });
    }

    private static async Task<double> SendAsync(PostfixProgram source, int connections, int mails, int size, int port)
    {
        var started = Stopwatch.GetTimestamp();
        using var child = source.Start("-d", "-s", connections.ToString(CultureInfo.InvariantCulture), "-m", mails.ToString(CultureInfo.InvariantCulture),
            "-l", size.ToString(CultureInfo.InvariantCulture), "-f", "shop@example.com", "-t", "person@example.com", $"127.0.0.1:{port}");
        await child.EndedAsync();
        return mails / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
