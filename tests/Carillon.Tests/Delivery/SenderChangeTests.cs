using System.Text.Json.Nodes;
using Carillon.Queue;
using Carillon.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Delivery;

/// <summary>The settings of a sender, or this process's share of its connections, change while it has messages.</summary>
public sealed class SenderChangeTests : IAsyncLifetime
{
    private const int Messages = 5;
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync(yaml => yaml.Replace("connections: 4", "connections: 1", StringComparison.Ordinal));

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_sender_that_hangs_in_the_middle_of_a_mail_holds_up_no_other_and_keeps_only_that_mail()
    {
        // Without PIPELINING, so that no second mail is on the wire.
        _app.Sink.Capabilities = ["8BITMIME"];
        var hang = _app.Sink.Hold(".");
        await GivenManyDueAsync();
        await hang.ReachedAsync();

        await _app.ApplyAsync($$$"""
            senders: [{{{Smtp(connections: 2)}}}, {id: 3, channel: email, type: outbox}]
            resources: [{id: 22, name: News, databases: [1], channels: {email: {sender: 3, from_email: news@example.com, from_name: News} }}]
            """);
        var data = new JsonObject { ["email"] = "b@example.com", ["subscriptions"] = new JsonArray(Requests.EmailSubscription("b@example.com", resource: 22)) };
        await _app.PostAsync("campaigns/triggers/import_and_start", new JsonObject { ["trigger_id"] = 102, ["data"] = data });

        await _app.VerdictsAsync(verdicts => verdicts.Any(verdict => verdict.Message.Contact == "b@example.com" && verdict.Verdict.Next == MessageState.Sent)
            && verdicts.Count(IsGivenBack) == Messages - 1);
        _app.Sink.ConnectionsSeen.ShouldBe(1, "the new settings count when the connections of the old ones are closed");

        hang.Release();
        await _app.Sink.WaitForAsync(Messages);
        _app.Sink.Mails.Select(mail => mail.MessageId).Distinct().Count().ShouldBe(Messages);
    }

    [Fact]
    public async Task What_waits_for_a_server_that_does_not_answer_follows_the_new_settings_at_once()
    {
        var hang = _app.Sink.Hold("CONNECT");
        await GivenManyDueAsync();
        await hang.ReachedAsync();

        await _app.ApplyAsync($"senders: [{Smtp(connections: 2)}]");

        await _app.Sink.WaitForAsync(Messages);
        await _app.VerdictsAsync(verdicts => verdicts.Count(IsGivenBack) == Messages && verdicts.Count(verdict => verdict.Verdict.Next == MessageState.Sent) == Messages);
    }

    [Fact]
    public async Task A_claim_whose_answer_was_lost_is_found_by_the_queue_that_comes_after()
    {
        var answer = await _app.ImportAndStartAsync(96, "a@example.com", """{"timeout":{"minutes":1}}""");
        await _app.Database.WriteAsync(session => session.ExecuteAsync(
            "UPDATE messages SET state = 1, attempts = 1, owner = @owner", CancellationToken.None, ("owner", _app.Services.GetRequiredService<Fleet>().Owner)), CancellationToken.None);

        await _app.ApplyAsync($"senders: [{Smtp(connections: 2)}]");

        await _app.Sink.WaitForAsync(1);
        await _app.VerdictsAsync(1);
        ((string)(await _app.MessageAsync(answer))["state"]!).ShouldBe("sent");
    }

    /// <summary>All of one profile, so that one claim takes them.</summary>
    private async Task GivenManyDueAsync()
    {
        for (var i = 0; i < Messages; i++) await _app.ImportAndStartAsync(96, "a@example.com", """{"timeout":{"minutes":1}}""");
        _app.Advance(TimeSpan.FromMinutes(1));
    }

    private static bool IsGivenBack(Recorded recorded) => recorded.Verdict is { Next: MessageState.Queued, Attempt: null };

    private string Smtp(int connections) => $"{{id: 2, channel: email, type: smtp, host: 127.0.0.1, port: {_app.Sink.Port}, tls: none, connections: {connections}}}";
}
