using Carillon.Outbox.Mime;
using Carillon.Queue;
using Spectre.Console;

namespace Carillon.Commands;

/// <summary>What <c>carillon demo</c> says. Plain text when it is not written to a terminal.</summary>
public sealed class DemoScreen
{
    public const string Path = "/api/v1.1/campaigns/triggers/import_and_start";

    private readonly TextWriter _output;
    private readonly IAnsiConsole _console;

    /// <param name="output">Where to.</param>
    /// <param name="moved">The usual port was taken.</param>
    public DemoScreen(TextWriter output, bool moved)
    {
        _output = output;
        var terminal = output == Console.Out && !Console.IsOutputRedirected;
        _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No });
        _console.WriteLine();
        _console.MarkupLine($"[bold]Carillon {Versions.Product}[/] demo");
        if (moved) _console.MarkupLine("Port 8080 is taken, so this one listens elsewhere.");
    }

    public void Request(Uri address, string body)
    {
        _console.WriteLine();
        Say("Sent", $"POST {new Uri(address, Path)}");
        Say("", $"the documented request, {body.Length} bytes of JSON, letter for letter but for its");
        Say("", "timeout: 0 minutes instead of 5, so that you need not wait");
    }

    public void Answer(string answer) => Say("Answer", answer.Trim());

    public void Mail(ReadMail mail)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        void Row(string name, string value) => grid.AddRow(new Text(name, new Style(decoration: Decoration.Dim)), new Text(value));
        foreach (var name in (string[])["From", "To"]) Row(name, Person(MailReader.Mailbox(mail.Headers.Find(name))));
        Row("Subject", MailReader.Decoded(mail.Headers.Find("Subject")));
        if (mail.Attachments.Count > 0) Row("Attached", string.Join(", ", mail.Attachments.Select(file => $"{file.FileName} ({file.Size} bytes)")));
        var text = new Text((mail.Text?.ReadText() ?? "").ReplaceLineEndings("\n").Trim());

        _console.WriteLine();
        _console.Write(new Panel(new Rows(grid, Text.Empty, text)).Header(" The mail ").Padding(2, 1).BorderColor(Color.Grey));
    }

    public void NotSent(Verdict verdict) => Say("Mail", $"{verdict.Next.Word()}: {verdict.Reason}");

    public void WhereToLook(Uri address)
    {
        _console.WriteLine();
        _console.MarkupLineInterpolated($"[dim]Mailbox[/]  [bold]{new Uri(address, "/outbox")}[/]");
        Say("Methods", new Uri(address, "/docs").ToString());
        Say("Health", new Uri(address, "/healthz").ToString());
        Say("Metrics", new Uri(address, "/metrics").ToString());
        _console.WriteLine();
        _console.MarkupLine("Send another mail, a login code, and watch it arrive in the mailbox:");
        Paste($$"""curl {{new Uri(address, Path)}} -H 'Content-Type: application/json' -H "Request-ID: $RANDOM$RANDOM" -d '{"token":"abcdefghijklmnqrstuvwxyz","data":{"_fname":"Ada","email":"ada@example.com","subscriptions":[{"channel":"email","email":"ada@example.com","resource_id":21}]},"content":{"code":"407 218"},"trigger_id":98}'""");
        _console.MarkupLine("See what became of every message, and why:");
        Paste($"curl '{new Uri(address, "/api/v2/messages")}' -H 'Authorization: Bearer abcdefghijklmnqrstuvwxyz'");
        _console.MarkupLine("[dim]Ctrl+C stops the demo and removes its data.[/]");
    }

    public void Stopped() => _console.WriteLine("Stopped.");

    private static string Person((string Name, string Address) mailbox) =>
        mailbox.Name.Length > 0 ? $"{mailbox.Name} <{mailbox.Address}>" : mailbox.Address;

    private void Say(string name, string value)
    {
        _console.Markup($"[dim]{name,-9}[/]");
        _output.WriteLine(value);
    }

    /// <summary>Around the console, which would break the line where the terminal ends; pasted, it would be two commands.</summary>
    private void Paste(string line)
    {
        _output.WriteLine();
        _output.WriteLine(line);
        _output.WriteLine();
    }
}
