using System.Net;

namespace Carillon.Tests.Outbox;

public sealed class OutboxEventTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_open_page_is_told_of_a_new_mail()
    {
        await using var server = await RunningServer.StartAsync();
        using var events = await ListenAsync(server);
        (await NextAsync(events)).ShouldBe("event: mails data: 0");
        await server.KeepAsync();
        (await NextAsync(events)).ShouldBe("event: mails data: 1");
    }

    [Fact]
    public async Task A_page_that_comes_back_learns_what_it_missed()
    {
        await using var server = await RunningServer.StartAsync();
        await server.KeepAsync();
        await server.KeepAsync();
        using var events = await ListenAsync(server);
        (await NextAsync(events)).ShouldBe("event: mails data: 2");
    }

    [Fact]
    public async Task A_quiet_connection_is_kept_alive()
    {
        await using var server = await RunningServer.StartAsync();
        using var events = await ListenAsync(server);
        await NextAsync(events);
        server.Clock.Advance(TimeSpan.FromSeconds(20));
        (await NextAsync(events)).ShouldBe(": still here");
    }

    [Fact]
    public async Task No_more_than_32_pages_listen_at_once()
    {
        await using var server = await RunningServer.StartAsync();
        List<StreamReader> listeners = [];
        for (var i = 0; i < 32; i++) listeners.Add(await ListenAsync(server));
        (await server.GetAsync("/outbox/events")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        foreach (var listener in listeners) listener.Dispose();
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_open_pages()
    {
        await using var server = await RunningServer.StartAsync();
        using var events = await ListenAsync(server);
        await NextAsync(events);
        var stopping = server.StopAsync();
        (await events.ReadLineAsync().WaitAsync(Patience)).ShouldBeNull();
        await stopping.WaitAsync(Patience);
    }

    private static async Task<StreamReader> ListenAsync(RunningServer server)
    {
        var answer = await server.Http.GetAsync(new Uri("/outbox/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        return new StreamReader(await answer.Content.ReadAsStreamAsync());
    }

    /// <summary>The lines of the next event, joined.</summary>
    private static async Task<string> NextAsync(StreamReader events)
    {
        List<string> lines = [];
        while (await events.ReadLineAsync().WaitAsync(Patience) is { Length: > 0 } line) lines.Add(line);
        return string.Join(' ', lines);
    }
}
