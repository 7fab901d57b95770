using System.Net;
using Carillon.Outbox;

namespace Carillon.Tests.Outbox;

public sealed class OutboxAccessTests
{
    private static readonly string[] Paths = ["/outbox", "/outbox/outbox.js", "/outbox/mails", "/outbox/mails/1", "/outbox/mails/1/html", "/outbox/mails/1/source", "/outbox/events"];

    [Theory]
    [InlineData("Host", "localhost")]
    [InlineData("Host", "LOCALHOST:8080")]
    [InlineData("Host", "127.0.0.1:9")]
    [InlineData("Host", "[::1]:8080")]
    public async Task This_machine_under_its_own_name_is_let_in(string header, string value) =>
        (await AskAsync(new OutboxSettings(), "/outbox/mails", header, value)).StatusCode.ShouldBe(HttpStatusCode.OK);

    [Theory]
    [InlineData("Host", "evil.example")]
    [InlineData("Host", "localhost.evil.example:8080")]
    [InlineData("Host", "192.168.0.7")]
    [InlineData("Host", "0.0.0.0")]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    [InlineData("X-Real-IP", "127.0.0.1")]
    [InlineData("Forwarded", "for=127.0.0.1")]
    public async Task Everybody_else_is_told_how_it_can_be_opened(string header, string value)
    {
        foreach (var path in Paths)
        {
            var answer = await AskAsync(new OutboxSettings(), path, header, value);
            answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden, path);
            (await answer.Content.ReadAsStringAsync()).ShouldContain("CARILLON_OUTBOX__OPEN=true");
        }
    }

    [Fact]
    public async Task An_open_mailbox_lets_everybody_in() =>
        (await AskAsync(new OutboxSettings { Open = true }, "/outbox/mails", "X-Forwarded-For", "203.0.113.9")).StatusCode.ShouldBe(HttpStatusCode.OK);

    private static async Task<HttpResponseMessage> AskAsync(OutboxSettings settings, string path, string header, string value)
    {
        await using var server = await RunningServer.StartAsync(settings);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation(header, value);
        return await server.Http.SendAsync(request);
    }
}
