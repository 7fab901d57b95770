using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Carillon.Commands;

namespace Carillon.Tests.Outbox;

public sealed partial class DemoTests
{
    [Fact]
    public async Task The_demo_shows_a_mail_and_a_line_to_paste_that_sends_another()
    {
        using var stop = new CancellationTokenSource();
        using var screen = new Screen("Ctrl+C");
        var demo = Demo.RunAsync(new Settings { Urls = "http://127.0.0.1:0" }, screen, stop.Token);
        var shown = await screen.Complete.WaitAsync(TimeSpan.FromSeconds(60));

        shown.ShouldContain("timeout: 0 minutes instead of 5");
        shown.ShouldContain("\"error\":0");
        shown.ShouldContain("Bellfield Books <hello@bellfield.example>");
        shown.ShouldContain("Welcome, Olly! Your shelf is ready");
        shown.ShouldContain("Attach.txt (10 bytes)");
        shown.ShouldContain("22 February");
        shown.ShouldNotContain("\u001b");

        var pasted = CurlLine().Match(shown);
        using var http = new HttpClient();
        using var body = new StringContent(pasted.Groups[2].Value, Encoding.UTF8, "application/json");
        var answer = await http.PostAsync(new Uri(pasted.Groups[1].Value), body);
        ((int)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!).ShouldBe(0);

        var mailbox = MailboxUrl().Match(shown).Groups[1].Value;
        (await http.GetAsync(new Uri(mailbox))).StatusCode.ShouldBe(HttpStatusCode.OK);

        await stop.CancelAsync();
        (await demo).ShouldBe(0);
        screen.ToString().ShouldEndWith("Stopped." + Environment.NewLine);
    }

    [Fact]
    public async Task The_demo_stops_cleanly_before_it_has_begun()
    {
        using var screen = new Screen("Ctrl+C");
        (await Demo.RunAsync(new Settings { Urls = "http://127.0.0.1:0" }, screen, new CancellationToken(canceled: true))).ShouldBe(0);
    }

    [Fact]
    public void The_demo_sends_the_documented_request_but_for_its_timeout()
    {
        var sent = JsonNode.Parse(DemoFile("request.json"))!;
        ((int)sent["timeout"]!["minutes"]!).ShouldBe(0);
        sent["timeout"]!["minutes"] = 5;
        JsonNode.DeepEquals(sent, JsonNode.Parse(Documented)).ShouldBeTrue();
    }

    /// <summary>The JSON example of "Profile import + trigger campaign launch".</summary>
    private const string Documented = """
        {"token":"abcdefghijklmnqrstuvwxyz","matching":"email","email":"example@example.com","detect_geo":true,
        "data":{"_fname":"Olly","_lname":"Lambert","email":"example@example.com","phones":["+79000000000"],
        "_bdate":"1990-02-22T21:00:00Z","custom_field":"custom_value","subscriptions":[
        {"channel":"email","email":"example@example.com","resource_id":21},{"channel":"phone","phone":"+79000000000","resource_id":21}]},
        "trigger_id":96,"timeout":{"days":0,"hours":0,"minutes":5},"custom_data":{"sending_time":"12:31:12"},
        "attach":[{"data":"data:text/csv;base64,5LuK5pel44GvCg==","name":"Attach.txt"}]}
        """;

    private static string DemoFile(string name)
    {
        using var reader = new StreamReader(typeof(Demo).Assembly.GetManifestResourceStream("Carillon.Demo." + name)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("^curl (http\\S+) .* -d '(\\{.*\\})'$", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex CurlLine();

    [GeneratedRegex(@"^Mailbox +(http\S+)", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex MailboxUrl();

    /// <summary>Takes what is written, and says when a text was among it.</summary>
    private sealed class Screen(string last) : StringWriter
    {
        private readonly TaskCompletionSource<string> _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Complete => _complete.Task;

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(string? value)
        {
            base.Write(value);
            if (value?.Contains(last, StringComparison.Ordinal) == true) _complete.TrySetResult(ToString());
        }
    }
}
