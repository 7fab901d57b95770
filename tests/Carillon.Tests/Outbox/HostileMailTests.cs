using AngleSharp.Html.Parser;
using Carillon.Outbox;

namespace Carillon.Tests.Outbox;

public sealed class HostileMailTests
{
    private const string Script = "<script>fetch('/outbox/mails')</script>";

    [Fact]
    public async Task The_html_of_a_mail_may_run_send_and_load_nothing()
    {
        await using var server = await RunningServer.StartAsync();
        var number = await server.KeepAsync(Script, $"<!DOCTYPE html><body onload='x()'>{Script}<img src='https://track.example/1.png'>");

        var answer = await server.GetAsync($"/outbox/mails/{number}/html");
        var policy = Policy(answer);
        policy["sandbox"].ShouldBe("allow-popups allow-popups-to-escape-sandbox");
        policy["default-src"].ShouldBe("'none'");
        policy["img-src"].ShouldBe("data:");
        policy["form-action"].ShouldBe("'none'");
        policy["frame-ancestors"].ShouldBe("'self'");
        policy.ShouldNotContainKey("script-src");
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        answer.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
        ((bool)(await server.GetJsonAsync($"/outbox/mails/{number}"))["remote_images"]!).ShouldBeTrue();
    }

    [Fact]
    public async Task Images_of_other_servers_are_loaded_only_when_asked_for()
    {
        await using var server = await RunningServer.StartAsync();
        var answer = await server.GetAsync($"/outbox/mails/{await server.KeepAsync()}/html?images=true");
        Policy(answer)["img-src"].ShouldBe("data: https: http:");
        Policy(answer)["default-src"].ShouldBe("'none'");
    }

    [Fact]
    public async Task The_page_runs_its_own_scripts_only()
    {
        await using var server = await RunningServer.StartAsync();
        var answer = await server.GetAsync("/outbox");
        var policy = Policy(answer);
        policy["default-src"].ShouldBe("'none'");
        policy["script-src"].ShouldBe("'self'");
        policy["style-src"].ShouldBe("'self'");
        policy["frame-ancestors"].ShouldBe("'none'");

        var page = await new HtmlParser().ParseDocumentAsync(await answer.Content.ReadAsStringAsync());
        page.QuerySelectorAll("script").ShouldAllBe(script => script.GetAttribute("src")!.StartsWith("/outbox/") && script.TextContent == "");
        page.QuerySelectorAll("*").SelectMany(element => element.Attributes).ShouldNotContain(attribute => attribute.Name.StartsWith("on") || attribute.Name == "style");
    }

    [Theory]
    [InlineData("outbox.js")]
    [InlineData("mail.js")]
    [InlineData("parts.js")]
    public async Task The_page_puts_mails_in_as_text_and_their_html_into_a_sandbox(string name)
    {
        await using var server = await RunningServer.StartAsync();
        var script = await server.Http.GetStringAsync("/outbox/" + name);
        foreach (var way in (string[])["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "srcdoc", "eval(", "DOMParser", "createContextualFragment"])
            script.ShouldNotContain(way);
        script.Contains("make('iframe')").ShouldBe(name == "mail.js");
        if (name == "mail.js") script.ShouldContain("frame.setAttribute('sandbox', 'allow-popups allow-popups-to-escape-sandbox')");
        script.ShouldNotContain("allow-scripts");
        script.ShouldNotContain("allow-same-origin");
    }

    [Theory]
    [InlineData("<!DOCTYPE html><p>Hi")]
    [InlineData("<p>Hi")]
    [InlineData("  <!doctype html>\n<html lang='fr'><head><title>T</title></head><body class='b'><p>Hi")]
    public void Links_open_a_tab_and_nothing_else_changes(string html)
    {
        var page = new HtmlParser().ParseDocument(MailHtml.ForTheFrame(html));
        var plain = new HtmlParser().ParseDocument(html);
        page.QuerySelector("head > base")!.GetAttribute("target").ShouldBe("_blank");
        page.CompatMode.ShouldBe(plain.CompatMode);
        page.DocumentElement.GetAttribute("lang").ShouldBe(plain.DocumentElement.GetAttribute("lang"));
        page.Title.ShouldBe(plain.Title);
        page.Body!.OuterHtml.ShouldBe(plain.Body!.OuterHtml);
    }

    [Fact]
    public async Task A_page_that_did_not_change_is_not_sent_again()
    {
        await using var server = await RunningServer.StartAsync();
        using var first = await server.GetAsync("/outbox/outbox.css");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/outbox/outbox.css");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        (await server.Http.SendAsync(request)).StatusCode.ShouldBe(System.Net.HttpStatusCode.NotModified);
    }

    private static Dictionary<string, string> Policy(HttpResponseMessage answer) =>
        answer.Headers.GetValues("Content-Security-Policy").Single().Split(';', StringSplitOptions.TrimEntries)
            .Select(directive => directive.Split(' ', 2)).ToDictionary(parts => parts[0], parts => parts.Length > 1 ? parts[1] : "");
}
