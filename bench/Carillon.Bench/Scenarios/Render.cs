using System.Diagnostics;
using System.Text.Json.Nodes;
using Carillon.Bench.Load;
using Carillon.Delivery.Email;
using Carillon.Templates;

namespace Carillon.Bench.Scenarios;

/// <summary>Rendering and building mails on one thread, without a server.</summary>
internal static class Render
{
    public static void Run(Options options, Report report)
    {
        var time = TimeSpan.FromSeconds(Math.Max(1, options.Seconds / 3));
        var template = Template.Parse(Samples.Html, TemplateKind.Html).Template!;
        var scope = new TemplateScope
        {
            Lead = new JsonObject { ["_fname"] = "Olivia", ["city"] = "Lisbon", ["email"] = "olivia@example.com" },
            ApiContent = JsonNode.Parse(Samples.Content.Replace(RequestText.Unique, "000000000001", StringComparison.Ordinal)),
        };
        var mail = new MailMessage
        {
            MessageId = "0123456789abcdef01234567", FromEmail = "shop@example.com", FromName = "Shop", To = "olivia@example.com",
            Subject = "Your order", Html = template.Render(scope).Text, Text = "Thank you!", Date = DateTimeOffset.UnixEpoch,
        };
        report.Add(new Measured("render an html part, 1 thread", PerSecond(time, () => template.Render(scope))) { Remark = $"{mail.Html!.Length} characters" });
        report.Add(new Measured("build a mail (MIME), 1 thread", PerSecond(time, () => MailBuilder.Build(mail))) { Remark = $"{MailBuilder.Build(mail).Mail!.Content.Length} bytes" });
    }

    private static double PerSecond(TimeSpan time, Action work)
    {
        Times(time / 2, work);
        return Times(time, work);
    }

    private static double Times(TimeSpan time, Action work)
    {
        var started = Stopwatch.GetTimestamp();
        long done = 0;
        for (; Stopwatch.GetElapsedTime(started) < time; done += 100)
        {
            for (var i = 0; i < 100; i++) work();
        }
        return done / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
