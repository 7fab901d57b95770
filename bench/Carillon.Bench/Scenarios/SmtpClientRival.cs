using System.Globalization;
using Carillon.Bench.Children;
using Npgsql;

namespace Carillon.Bench.Scenarios;

/// <summary>The usual way in .NET: workers that claim from a PostgreSQL table with <c>SKIP LOCKED</c> and send with <c>SmtpClient</c>. The same mails to the same sink.</summary>
internal static class SmtpClientRival
{
    public static async Task RunAsync(Options options, Report report)
    {
        foreach (var connections in options.Senders) await DeliverAsync(options, report, connections);
    }

    private static async Task DeliverAsync(Options options, Report report, int connections)
    {
        var mails = Math.Max(5_000, options.Messages / 3);
        using var place = await Place.MakeAsync(options, Options.Postgres, 0, 1);
        await FillAsync(place.Connection!, mails);
        using var sink = await Sink.StartAsync();
        await sink.OpenAsync();
        await sink.ExpectAsync(mails / 5);
        using var worker = Child.Start("carillon-bench.dll", ["smtpclient-worker", place.Connection!, sink.Port.ToString(CultureInfo.InvariantCulture), connections.ToString(CultureInfo.InvariantCulture)]);
        var (warm, cpuBefore) = (await sink.ReachedAsync(), worker.ProcessorTime());
        await sink.ReachAsync(mails);
        var (done, cpuAfter) = (await sink.CountAsync(), worker.ProcessorTime());
        var perSecond = (mails - warm.Mails) / (done.Seconds - warm.Seconds);
        report.Keep("smtpclient", perSecond);
        report.Add(new Measured($".net: SmtpClient from a PostgreSQL table, {connections} workers", perSecond)
        {
            ServerMicroseconds = (cpuAfter - cpuBefore).TotalMicroseconds / (mails - warm.Mails),
            Remark = $"{done.Bytes / done.Mails} bytes a mail; {worker.ResidentMegabytes():N0} MB resident; server us without PostgreSQL",
        });
    }

    private static async Task FillAsync(string connection, int mails)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using (var make = source.CreateCommand("CREATE TABLE jobs (id bigint PRIMARY KEY, state smallint NOT NULL, recipient text NOT NULL, content text NOT NULL); CREATE INDEX jobs_ready ON jobs (id) WHERE state = 0"))
            await make.ExecuteNonQueryAsync();
        await using var fill = source.CreateCommand("INSERT INTO jobs SELECT n, 0, 'person' || lpad(n::text, 12, '0') || '@example.com', $1 FROM generate_series(1, $2) n");
        fill.Parameters.Add(new NpgsqlParameter { Value = Samples.Content });
        fill.Parameters.Add(new NpgsqlParameter { Value = mails });
        await fill.ExecuteNonQueryAsync();
        await using var analyze = source.CreateCommand("ANALYZE jobs");
        await analyze.ExecuteNonQueryAsync();
    }
}
