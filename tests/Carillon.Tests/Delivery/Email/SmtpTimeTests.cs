using Carillon.Delivery;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Delivery.Email;

/// <summary>Time-outs and cancelling. The clock stands still until the sink has what it waits for, then it is moved.</summary>
public sealed class SmtpTimeTests : SmtpTests
{
    [Theory]
    [InlineData("CONNECT", 10, SendOutcome.Retry)]
    [InlineData("EHLO", 60, SendOutcome.Retry)]
    [InlineData("MAIL", 60, SendOutcome.Retry)]
    [InlineData("RCPT", 60, SendOutcome.Retry)]
    [InlineData("DATA", 60, SendOutcome.Retry)]
    [InlineData(".", 60, SendOutcome.Unknown)]
    public async Task A_silent_server_is_waited_for_so_long_and_no_longer(string verb, int seconds, SendOutcome outcome)
    {
        WithoutPipelining();
        var hold = Sink.Hold(verb);
        var sending = SendAsync(Sender());
        await hold.ReachedAsync();

        Clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromTicks(1));
        sending.IsCompleted.ShouldBeFalse();
        Clock.Advance(TimeSpan.FromTicks(1));

        (await sending).ShouldBe(new SendResult(outcome, $"The server did not answer within {seconds} s.", null));
    }

    [Theory]
    [InlineData("CONNECT")]
    [InlineData("EHLO")]
    [InlineData("MAIL")]
    [InlineData("DATA")]
    public async Task Cancelling_before_the_end_of_the_mail_lets_go_at_once(string verb)
    {
        var hold = Sink.Hold(verb);
        using var cancel = new CancellationTokenSource();
        var sending = SendAsync(Sender(), cancel: cancel.Token);
        await hold.ReachedAsync();

        await cancel.CancelAsync();

        (await Should.ThrowAsync<OperationCanceledException>(sending)).CancellationToken.ShouldBe(cancel.Token);
        Sink.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Cancelling_after_the_end_of_the_mail_still_waits_for_the_answer()
    {
        var hold = Sink.Hold(".");
        using var cancel = new CancellationTokenSource();
        var sender = Sender();
        var sending = SendAsync(sender, cancel: cancel.Token);
        await hold.ReachedAsync();
        await cancel.CancelAsync();

        hold.Release();

        (await sending).Outcome.ShouldBe(SendOutcome.Sent);
        (await SendAsync(sender)).Outcome.ShouldBe(SendOutcome.Sent);
        Sink.ConnectionsSeen.ShouldBe(1);
    }

    [Fact]
    public async Task Cancelling_after_the_end_of_the_mail_waits_five_seconds_at_most()
    {
        var hold = Sink.Hold(".");
        using var cancel = new CancellationTokenSource();
        var sending = SendAsync(Sender(), cancel: cancel.Token);
        await hold.ReachedAsync();
        await cancel.CancelAsync();
        Clock.Advance(TimeSpan.FromSeconds(4.9));
        sending.IsCompleted.ShouldBeFalse();

        Clock.Advance(TimeSpan.FromSeconds(0.1));

        (await sending).ShouldBe(new SendResult(SendOutcome.Unknown, "Stopped before the server's answer to the mail came.", null));
    }

    [Fact]
    public async Task Who_waits_for_a_free_connection_can_be_cancelled_too()
    {
        var hold = Sink.Hold(".");
        var sender = Sender(connections: 1);
        var first = SendAsync(sender);
        await hold.ReachedAsync();
        using var cancel = new CancellationTokenSource();
        var second = SendAsync(sender, cancel: cancel.Token);

        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(second);
        hold.Release();
        (await first).Outcome.ShouldBe(SendOutcome.Sent);
        Sink.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_refusal_is_not_lost_when_the_caller_stops_during_the_reset()
    {
        Sink.OnRcpt = (_, _) => "550 5.1.1 No such user";
        var hold = Sink.Hold("RSET");
        using var cancel = new CancellationTokenSource();
        var sending = SendAsync(Sender(), cancel: cancel.Token);
        await hold.ReachedAsync();

        await cancel.CancelAsync();

        (await sending).Code.ShouldBe("550 5.1.1");
    }

    [Fact]
    public async Task A_server_that_stops_reading_a_large_mail_is_a_retry()
    {
        var hold = Sink.Hold("CONTENT");
        var sending = SendAsync(Sender(), LargerThanAnySocketBuffer());
        await hold.ReachedAsync();

        Clock.Advance(TimeSpan.FromSeconds(60));

        (await sending).ShouldBe(new SendResult(SendOutcome.Retry, "The server did not answer within 60 s.", null));
    }

    [Fact]
    public async Task Cancelling_in_the_middle_of_a_large_mail_lets_go_at_once()
    {
        var hold = Sink.Hold("CONTENT");
        using var cancel = new CancellationTokenSource();
        var sending = SendAsync(Sender(), LargerThanAnySocketBuffer(), cancel.Token);
        await hold.ReachedAsync();

        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(sending);
    }

    private static OutgoingMail LargerThanAnySocketBuffer() => Mail(body: string.Concat(Enumerable.Repeat(new string('x', 998) + "\r\n", 32_000)));
}
