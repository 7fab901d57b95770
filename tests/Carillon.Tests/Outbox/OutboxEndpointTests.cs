using System.Net;
using Carillon.Delivery.Email;
using Carillon.Outbox;

namespace Carillon.Tests.Outbox;

public sealed class OutboxEndpointTests
{
    [Fact]
    public async Task Mails_are_listed_newest_first_page_by_page()
    {
        await using var server = await RunningServer.StartAsync();
        for (var i = 1; i <= 3; i++) await server.KeepAsync($"Mail {i}", text: $"Text\n  of {i}");

        var page = (await server.GetJsonAsync("/outbox/mails?limit=2"))["mails"]!.AsArray();
        page.Select(mail => (string)mail!["subject"]!).ShouldBe(["Mail 3", "Mail 2"]);
        ((string)page[0]!["preview"]!).ShouldBe("Text of 3");
        ((string)page[0]!["from"]!["name"]!).ShouldBe("Shop");
        var rest = (await server.GetJsonAsync($"/outbox/mails?before={page[1]!["number"]}"))["mails"]!.AsArray();
        rest.ShouldHaveSingleItem()!["to"]!.GetValue<string>().ShouldBe("ada@example.com");
        (await server.GetAsync("/outbox/mails?limit=1000")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await server.GetAsync("/outbox/mails?before=x")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_mail_is_shown_with_its_parts_and_saved()
    {
        await using var server = await RunningServer.StartAsync();
        var number = await server.KeepAsync("Räksmörgås", "<b>Hi</b>", "Hi", new MailAttachment("日本.txt", "text/html", "今日は"u8.ToArray()));

        var mail = await server.GetJsonAsync($"/outbox/mails/{number}");
        ((string)mail["text"]!).ShouldBe("Hi");
        ((bool)mail["html"]!).ShouldBeTrue();
        mail["headers"]!.AsArray().ShouldContain(header => (string)header!["value"]! == "Räksmörgås");
        mail["files"]![0]!.ToJsonString().ShouldBe("""{"name":"\u65E5\u672C.txt","media_type":"text/html","size":9}""");
        (await server.Http.GetStringAsync($"/outbox/mails/{number}/source")).ShouldStartWith("Date: ");

        var file = await server.GetAsync($"/outbox/mails/{number}/attachments/0");
        file.Content.Headers.ContentType!.MediaType.ShouldBe("application/octet-stream");
        file.Content.Headers.ContentDisposition!.DispositionType.ShouldBe("attachment");
        file.Content.Headers.ContentDisposition.FileNameStar.ShouldBe("日本.txt");
        file.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        (await file.Content.ReadAsStringAsync()).ShouldBe("今日は");
    }

    [Theory]
    [InlineData("/outbox/mails/99")]
    [InlineData("/outbox/mails/99/html")]
    [InlineData("/outbox/mails/99/source")]
    [InlineData("/outbox/mails/1/attachments/0")]
    [InlineData("/outbox/mails/1/attachments/-1")]
    [InlineData("/outbox/mails/x")]
    public async Task What_is_not_there_is_not_found(string path)
    {
        await using var server = await RunningServer.StartAsync();
        await server.KeepAsync();
        (await server.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Only_the_last_mails_are_kept_and_a_repeated_one_once()
    {
        await using var server = await RunningServer.StartAsync(new OutboxSettings { Keep = 2 });
        for (var i = 1; i <= 4; i++) await server.KeepAsync($"Mail {i}");
        await server.Outbox.KeepAsync(Mails.Build(Mails.Plain with { MessageId = 4.ToString("x24") }), CancellationToken.None);

        var page = (await server.GetJsonAsync("/outbox/mails"))["mails"]!.AsArray();
        page.Select(mail => (string)mail!["subject"]!).ShouldBe(["Mail 4", "Mail 3"]);
    }

    [Fact]
    public async Task Mails_that_come_together_are_all_kept()
    {
        await using var server = await RunningServer.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 600).Select(i => server.Outbox.KeepAsync(Mails.Build(Mails.Plain with { MessageId = i.ToString("x24") }), CancellationToken.None)));
        (await server.Outbox.ListAsync(long.MaxValue, 1000, CancellationToken.None)).Select(mail => mail.Number).ShouldBe(Enumerable.Range(1, 600).Reverse().Select(i => (long)i));
    }
}
