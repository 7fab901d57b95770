using Carillon.Queue;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Queue;

/// <summary>A mail server that cannot be reached for a while.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private static readonly Verdict Unreachable = Verdict.Retry("nobody answers", 0, Try, unreachable: true);
    private static readonly Verdict Untried = Verdict.Expired("too late");
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task After_an_outage_what_has_expired_holds_up_nothing()
    {
        const int Expiring = 12, Living = 6;
        var away = true;
        _app.Sink.On["CONNECT"] = (_, _) => Volatile.Read(ref away) ? SmtpSink.HangUp : null;
        for (var i = 0; i < Expiring; i++) await _app.ImportAndStartAsync(96, "a@example.com", """{"timeout":{"minutes":1},"expiration":"2026-01-01T00:02:00Z"}""");
        for (var i = 0; i < Living; i++) await _app.ImportAndStartAsync(96, "a@example.com", """{"timeout":{"minutes":5}}""");
        _app.Advance(TimeSpan.FromMinutes(1));
        await _app.VerdictsAsync(Expiring);

        // The pause ends, and the oldest of what is due are too late by now.
        Volatile.Write(ref away, false);
        _app.Advance(TimeSpan.FromMinutes(4));

        await _app.VerdictsAsync(verdicts => Count(verdicts, MessageState.Expired) == Expiring && Count(verdicts, MessageState.Sent) == Living);
        _app.Sink.Count.ShouldBe(Living);
    }

    [Fact]
    public async Task While_it_lasts_one_message_tries_after_each_pause()
    {
        const int Messages = 8;
        _app.Sink.On["CONNECT"] = (_, _) => SmtpSink.HangUp;
        for (var i = 0; i < Messages; i++) await _app.ImportAndStartAsync(96, "a@example.com", """{"timeout":{"minutes":1}}""");
        _app.Advance(TimeSpan.FromMinutes(1));
        await _app.VerdictsAsync(Messages);

        for (var tries = Messages + 1; tries < Messages + 4; tries++)
        {
            _app.Advance(TimeSpan.FromMinutes(1));
            await _app.Clock.WaitedForAsync(TimeSpan.FromSeconds(tries / 4 + 1));
            _app.Sink.ConnectionsSeen.ShouldBe(tries);
        }
    }

    [Fact]
    public void Only_a_try_is_followed_by_a_pause_and_what_was_not_tried_lets_more_follow()
    {
        var clock = new FakeClock();
        var outage = new Outage(connections: 4, window: 40, clock);
        for (var i = 0; i < 3; i++) outage.Hear(Unreachable);
        outage.Lasts.ShouldBeFalse("one connection has yet to tell");
        outage.Hear(Unreachable);
        (outage.Lasts, outage.Pause(), outage.Most).ShouldBe((true, TimeSpan.FromSeconds(2), 1));
        clock.Advance(TimeSpan.FromSeconds(2));

        for (var i = 0; i < 5; i++) outage.Hear(Untried);
        (outage.Lasts, outage.Pause(), outage.Most).ShouldBe((true, TimeSpan.Zero, 5));
        for (var i = 0; i < 50; i++) outage.Hear(Untried);
        outage.Most.ShouldBe(40);

        for (var i = 0; i < 200; i++) outage.Hear(Unreachable);
        (outage.Lasts, outage.Pause(), outage.Most).ShouldBe((true, TimeSpan.FromSeconds(30), 1));
        outage.Hear(Verdict.Sent(Try));
        outage.Lasts.ShouldBeFalse();
    }

    private static Attempt Try => new(1, 2, 0, 0, "", "");

    private static int Count(IReadOnlyList<Recorded> verdicts, MessageState state) => verdicts.Count(recorded => recorded.Verdict.Next == state);
}
