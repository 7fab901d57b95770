using Carillon.Delivery;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Delivery.Email;

public sealed class SmtpPoolTests : SmtpTests
{
    [Fact]
    public async Task Mails_share_a_connection()
    {
        var sender = Sender(connections: 4);
        for (var i = 0; i < 20; i++) (await SendAsync(sender)).Outcome.ShouldBe(SendOutcome.Sent);
        Sink.ConnectionsSeen.ShouldBe(1);
        Sink.Verbs.Count(v => v == "EHLO").ShouldBe(1);
    }

    [Fact]
    public async Task No_more_connections_are_opened_than_allowed()
    {
        var sender = Sender(connections: 3);
        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => SendAsync(sender, Mail($"m{i}@example.org"))));
        results.ShouldAllBe(r => r.Outcome == SendOutcome.Sent);
        Sink.ConnectionsSeen.ShouldBeLessThanOrEqualTo(3);
        Sink.Mails.Select(m => m.To).Distinct().Count().ShouldBe(200);
    }

    [Fact]
    public async Task As_many_mails_as_connections_are_on_the_wire_at_once()
    {
        var sender = Sender(connections: 2);
        SinkHold[] holds = [Sink.Hold("."), Sink.Hold(".")];
        Task<SendResult>[] sends = [SendAsync(sender), SendAsync(sender)];
        await Task.WhenAll(holds.Select(h => h.ReachedAsync()));
        foreach (var hold in holds) hold.Release();
        (await Task.WhenAll(sends)).ShouldAllBe(r => r.Outcome == SendOutcome.Sent);
    }

    [Fact]
    public async Task A_connection_says_goodbye_after_its_share_of_mails()
    {
        var sender = Sender(with: s => s with { MessagesPerConnection = 2 });
        for (var i = 0; i < 5; i++) await SendAsync(sender);
        Sink.ConnectionsSeen.ShouldBe(3);
        Sink.Verbs.Count(v => v == "QUIT").ShouldBe(2);
    }

    [Fact]
    public async Task An_idle_connection_says_goodbye_after_30_seconds()
    {
        var sender = Sender();
        await SendAsync(sender);
        Clock.Advance(TimeSpan.FromSeconds(29));
        await SendAsync(sender);
        Clock.Advance(TimeSpan.FromSeconds(29));
        await SendAsync(sender);
        Sink.ConnectionsSeen.ShouldBe(1);

        Clock.Advance(TimeSpan.FromSeconds(30));

        await Sink.WaitForAsync(() => Sink.Verbs.Contains("QUIT") && Sink.ConnectionsOpen == 0);
        (await SendAsync(sender)).Outcome.ShouldBe(SendOutcome.Sent);
        Sink.ConnectionsSeen.ShouldBe(2);
    }

    [Fact]
    public async Task The_time_out_of_a_command_does_not_run_while_a_connection_is_idle()
    {
        var sender = Sender(with: s => s with { CommandTimeout = TimeSpan.FromSeconds(5) });
        await SendAsync(sender);
        Clock.Advance(TimeSpan.FromSeconds(20));
        (await SendAsync(sender)).Outcome.ShouldBe(SendOutcome.Sent);
        Sink.ConnectionsSeen.ShouldBe(1);
    }

    [Fact]
    public async Task Only_the_connections_that_were_idle_too_long_are_closed()
    {
        var sender = Sender(connections: 2);
        SinkHold[] holds = [Sink.Hold("."), Sink.Hold(".")];
        Task<SendResult>[] sends = [SendAsync(sender), SendAsync(sender)];
        await Task.WhenAll(holds.Select(h => h.ReachedAsync()));
        foreach (var hold in holds) hold.Release();
        await Task.WhenAll(sends);
        Clock.Advance(TimeSpan.FromSeconds(20));
        await SendAsync(sender); // one of the two is young again

        Clock.Advance(TimeSpan.FromSeconds(10));
        await Sink.WaitForAsync(() => Sink.ConnectionsOpen == 1);
        Clock.Advance(TimeSpan.FromSeconds(20));
        await Sink.WaitForAsync(() => Sink.ConnectionsOpen == 0);
        Sink.ConnectionsSeen.ShouldBe(2);
    }

    [Theory]
    [InlineData("")]
    [InlineData("421 4.4.2 Error: timeout exceeded")]
    public async Task A_mail_does_not_notice_that_an_idle_connection_had_died(string lastWords)
    {
        var sender = Sender();
        await SendAsync(sender);
        await Sink.HangUpAllAsync(lastWords);

        var result = await SendAsync(sender);

        result.Outcome.ShouldBe(SendOutcome.Sent);
        Sink.Count.ShouldBe(2);
        Sink.ConnectionsSeen.ShouldBe(2);
    }

    [Fact]
    public async Task A_new_connection_that_dies_is_not_tried_again()
    {
        Sink.OnMail = (_, _) => SmtpSink.HangUp;
        var result = await SendAsync(Sender());
        result.Outcome.ShouldBe(SendOutcome.Retry);
        Sink.ConnectionsSeen.ShouldBe(1);
    }

    [Theory]
    [InlineData("MAIL")]
    [InlineData("RCPT")]
    [InlineData("DATA")]
    [InlineData(".")]
    public async Task After_a_421_the_connection_is_given_up(string verb)
    {
        Sink.On[verb] = (n, _) => n == 1 ? "421 4.3.2 Shutting down" : null;
        var sender = Sender();
        (await SendAsync(sender)).ShouldBe(new SendResult(SendOutcome.Retry, "421 4.3.2 Shutting down", "421 4.3.2"));
        (await SendAsync(sender)).Outcome.ShouldBe(SendOutcome.Sent);
        Sink.ConnectionsSeen.ShouldBe(2);
    }

    [Theory]
    [InlineData("MAIL", SendOutcome.Retry)]
    [InlineData("RCPT", SendOutcome.Retry)]
    [InlineData("DATA", SendOutcome.Retry)]
    [InlineData(".", SendOutcome.Unknown)]
    public async Task A_connection_lost_before_the_end_of_the_mail_is_a_retry_and_after_it_nobody_knows(string verb, SendOutcome outcome)
    {
        Sink.On[verb] = (n, _) => n == 1 ? SmtpSink.HangUp : null;
        var sender = Sender();
        var result = await SendAsync(sender);
        result.Outcome.ShouldBe(outcome);
        result.Reply.ShouldNotBeEmpty();
        result.Code.ShouldBeNull();
        (await SendAsync(sender)).Outcome.ShouldBe(SendOutcome.Sent);
        Sink.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_mail_that_was_taken_without_a_word_is_unknown_not_a_retry()
    {
        Sink.OnDot = (_, _) => SmtpSink.TakeAndHangUp;
        (await SendAsync(Sender())).Outcome.ShouldBe(SendOutcome.Unknown);
        Sink.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Closing_the_sender_says_goodbye()
    {
        var sender = Sender();
        await SendAsync(sender);
        await sender.DisposeAsync();
        await Sink.WaitForAsync(() => Sink.ConnectionsOpen == 0);
        Sink.Verbs[^1].ShouldBe("QUIT");
    }
}
