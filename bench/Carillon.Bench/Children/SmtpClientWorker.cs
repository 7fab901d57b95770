using System.Globalization;
using System.Net.Mail;
using System.Net.Mime;
using System.Text;
using System.Text.Json.Nodes;
using Carillon.Templates;
using Npgsql;

namespace Carillon.Bench.Children;

/// <summary>
/// As many workers as connections, each with an <c>SmtpClient</c> of its own, which keeps its connection; they claim and record twenty at a time.
/// Rendering is our own, so that it is not what is compared. <c>smtpclient-worker CONNECTION SMTP_PORT WORKERS</c>.
/// </summary>
internal static class SmtpClientWorker
{
    private const string Claim = """
        UPDATE jobs SET state = 1 WHERE id IN (SELECT id FROM jobs WHERE state = 0 ORDER BY id LIMIT 20 FOR UPDATE SKIP LOCKED) RETURNING id, recipient, content
        """;

    private static readonly Template Html = Template.Parse(Samples.Html, TemplateKind.Html).Template!;
    private static readonly Template Text = Template.Parse(Samples.Text, TemplateKind.Text).Template!;

    public static async Task RunAsync(string[] arguments)
    {
        var (port, workers) = (int.Parse(arguments[2], CultureInfo.InvariantCulture), int.Parse(arguments[3], CultureInfo.InvariantCulture));
        var settings = new NpgsqlConnectionStringBuilder(arguments[1]) { MaxAutoPrepare = 10, AutoPrepareMinUsages = 2, MaxPoolSize = workers };
        await using var source = NpgsqlDataSource.Create(settings);
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(() => WorkAsync(source, port))));
        // Stays for its processor time to be read.
        await Console.In.ReadToEndAsync();
    }

    private static async Task WorkAsync(NpgsqlDataSource source, int port)
    {
        using var client = new SmtpClient("127.0.0.1", port);
        while (await ClaimAsync(source) is { Count: > 0 } jobs)
        {
            foreach (var job in jobs)
            {
                using var mail = Make(job.Recipient, job.Content);
                await client.SendMailAsync(mail);
            }
            await using var done = source.CreateCommand("UPDATE jobs SET state = 2 WHERE id = ANY($1)");
            done.Parameters.Add(new NpgsqlParameter { Value = jobs.Select(job => job.Id).ToArray() });
            await done.ExecuteNonQueryAsync();
        }
    }

    private static async Task<List<(long Id, string Recipient, string Content)>> ClaimAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand(Claim);
        await using var reader = await command.ExecuteReaderAsync();
        List<(long, string, string)> jobs = [];
        while (await reader.ReadAsync()) jobs.Add((reader.GetInt64(0), reader.GetString(1), reader.GetString(2)));
        return jobs;
    }

    private static MailMessage Make(string recipient, string content)
    {
        var scope = new TemplateScope { Lead = new JsonObject { ["_fname"] = "Olivia", ["city"] = "Lisbon", ["email"] = recipient }, ApiContent = JsonNode.Parse(content) };
        var mail = new MailMessage(new MailAddress("shop@example.com", "Shop"), new MailAddress(recipient)) { Subject = "Your order", SubjectEncoding = Encoding.UTF8 };
        mail.AlternateViews.Add(AlternateView.CreateAlternateViewFromString(Text.Render(scope).Text!, Encoding.UTF8, MediaTypeNames.Text.Plain));
        mail.AlternateViews.Add(AlternateView.CreateAlternateViewFromString(Html.Render(scope).Text!, Encoding.UTF8, MediaTypeNames.Text.Html));
        return mail;
    }
}
