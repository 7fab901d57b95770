using Carillon.Queue;
using Carillon.Storage;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Queue;

/// <summary>Claims of a process that died.</summary>
public sealed class RescueTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData(96)]
    [InlineData(100)]
    public async Task What_a_dead_process_had_claimed_and_not_begun_to_send_is_sent_at_the_next_start(int trigger)
    {
        var answer = await GivenClaimedByTheDeadAsync(trigger, onWire: false);

        await _app.ReopenAsync();

        await _app.Sink.WaitForAsync(1);
        await _app.VerdictsAsync(1);
        (await _app.MessageAsync(answer))["state"]!.GetValue<string>().ShouldBe("sent");
        _app.Sink.Mails[0].Header("Date").ShouldBe("Thu, 01 Jan 2026 00:01:00 +0000", "when it was to go, and not when it was rescued");
    }

    [Fact]
    public async Task What_asked_to_be_held_and_was_on_the_wire_is_shown_as_unknown_and_not_sent()
    {
        var answer = await GivenClaimedByTheDeadAsync(100, onWire: true);

        await _app.ReopenAsync();
        // The start rescues before it takes anything up, so once another message is through, this one was left alone.
        await _app.ImportAndStartAsync(96, "other@example.com");
        await _app.Sink.WaitForAsync(1);

        var message = await _app.MessageAsync(answer);
        message["state"]!.GetValue<string>().ShouldBe("unknown");
        message["reason"]!.GetValue<string>().ShouldContain("on the wire");
        _app.Sink.Mails.ShouldHaveSingleItem().To.ShouldBe("other@example.com");
        (await _app.GetAsync("/api/v2/messages?state=unknown"))["messages"]!.AsArray().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_another_process_had_claimed_when_it_died_is_rescued_while_the_server_runs()
    {
        var answer = await _app.ImportAndStartAsync(96, "a@example.com", """{"timeout":{"minutes":1}}""");
        await _app.Database.WriteAsync(session => session.ExecuteAsync(
            "UPDATE messages SET state = 1, owner = 'another node'", CancellationToken.None), CancellationToken.None);

        _app.Clock.Advance(TimeSpan.FromSeconds(10));

        await _app.Sink.WaitForAsync(1);
        await _app.VerdictsAsync(1);
        (await _app.MessageAsync(answer))["state"]!.GetValue<string>().ShouldBe("sent");
    }

    [Fact]
    public async Task A_verdict_from_a_lost_lease_decides_nothing()
    {
        await GivenClaimedByTheDeadAsync(96, onWire: false);
        await _app.ReopenDatabaseAsync();
        var late = (await _app.Database.ReadAsync(session => session.QueryAsync(
            $"SELECT {MessageStore.Columns} FROM messages",
            MessageStore.Read, CancellationToken.None), CancellationToken.None)).Single();

        await _app.Database.WriteAsync(session => MessageStore.FinishAsync(session, [new Recorded(late, "not the owner", Verdict.Failed("too late"), 0)], CancellationToken.None), CancellationToken.None);
        await _app.Database.WriteAsync(session => MessageStore.FinishAsync(session, [new Recorded(late with { Attempts = 7 }, "the dead", Verdict.Failed("too late"), 0)], CancellationToken.None), CancellationToken.None);

        (await StatesAsync()).ShouldBe([MessageState.Sending]);
    }

    /// <summary>A launched message, claimed by a process that is no more; the server is stopped.</summary>
    private async Task<Answer> GivenClaimedByTheDeadAsync(int trigger, bool onWire)
    {
        var answer = await _app.ImportAndStartAsync(trigger, "a@example.com", """{"timeout":{"minutes":1}}""");
        await _app.StopAsync();
        await _app.ReopenDatabaseAsync();
        await _app.Database.WriteAsync(session => session.ExecuteAsync(
            "UPDATE messages SET state = 1, attempts = 1, owner = 'the dead', on_wire = @wire", CancellationToken.None,
            ("wire", onWire ? 1 : 0)), CancellationToken.None);
        await _app.Database.DisposeAsync();
        _app.Clock.Advance(TimeSpan.FromMinutes(2));
        return answer;
    }

    private Task<List<MessageState>> StatesAsync() => _app.Database.ReadAsync(
        session => session.QueryAsync("SELECT state FROM messages", row => (MessageState)row.GetInt16(0), CancellationToken.None), CancellationToken.None);
}
