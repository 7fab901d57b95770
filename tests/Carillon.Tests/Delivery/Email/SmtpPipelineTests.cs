using Carillon.Delivery;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Delivery.Email;

/// <summary>Mails that wait for a connection: their commands travel with the end of the mail before.</summary>
public sealed class SmtpPipelineTests : SmtpTests
{
    [Theory]
    [InlineData(true, 2 + 1 + 10)]
    [InlineData(false, 2 + 10 * 4)]
    public async Task With_pipelining_a_mail_that_waited_costs_one_round_trip(bool pipelining, int roundTrips)
    {
        if (!pipelining) WithoutPipelining();
        var hold = Sink.Hold("DATA");
        var sender = Sender();
        var sends = Enumerable.Range(0, 10).Select(i => SendAsync(sender, Mail($"m{i}@example.org"))).ToList();
        await hold.ReachedAsync();
        hold.Release();

        (await Task.WhenAll(sends)).ShouldAllBe(result => result.Outcome == SendOutcome.Sent);
        Sink.Mails.Select(mail => mail.To).ShouldBe(Enumerable.Range(0, 10).Select(i => $"m{i}@example.org"));
        Sink.ConnectionsSeen.ShouldBe(1);
        Sink.RoundTrips.ShouldBe(roundTrips);
    }

    [Theory]
    [InlineData(SmtpSink.HangUp, SendOutcome.Unknown, 1)]
    [InlineData(SmtpSink.TakeAndHangUp, SendOutcome.Unknown, 2)]
    [InlineData("421 4.3.2 Shutting down", SendOutcome.Retry, 1)]
    public async Task What_happens_to_a_mail_does_not_happen_to_the_one_offered_behind_it(string answer, SendOutcome outcome, int taken)
    {
        Sink.OnDot = (n, _) => n == 1 ? answer : null;
        var (first, second) = await SendTwoAsync();

        (await first).Outcome.ShouldBe(outcome);
        (await second).Outcome.ShouldBe(SendOutcome.Sent);
        Sink.Mails.Count.ShouldBe(taken);
        Sink.Mails.Count(mail => mail.To == "second@example.org").ShouldBe(1);
        Sink.ConnectionsSeen.ShouldBe(2);
    }

    [Theory]
    [InlineData(".", "554 5.7.1 Looks like spam", SendOutcome.Failed)]
    [InlineData(".", "451 4.3.0 Try later", SendOutcome.Retry)]
    public async Task A_refused_mail_leaves_the_one_behind_it_on_the_connection(string verb, string answer, SendOutcome outcome)
    {
        Sink.On[verb] = (n, _) => n == 1 ? answer : null;
        var (first, second) = await SendTwoAsync();

        (await first).ShouldBe(new SendResult(outcome, answer, answer[..9]));
        (await second).Outcome.ShouldBe(SendOutcome.Sent);
        Sink.Mails.ShouldHaveSingleItem().To.ShouldBe("second@example.org");
        Sink.ConnectionsSeen.ShouldBe(1);
    }

    [Fact]
    public async Task A_recipient_that_is_refused_behind_a_mail_is_its_own_affair()
    {
        Sink.OnRcpt = (n, _) => n == 2 ? "550 5.1.1 No such user" : null;
        var (first, second) = await SendTwoAsync();

        (await first).Outcome.ShouldBe(SendOutcome.Sent);
        (await second).Code.ShouldBe("550 5.1.1");
        Sink.Mails.ShouldHaveSingleItem().To.ShouldBe("first@example.org");
    }

    [Fact]
    public async Task Who_stops_waiting_behind_a_mail_is_not_sent_and_the_mail_before_is()
    {
        var dot = Sink.Hold(".");
        using var stop = new CancellationTokenSource();
        var (first, second) = await SendTwoAsync(stop.Token);
        await dot.ReachedAsync();
        await stop.CancelAsync();
        dot.Release();

        (await first).Outcome.ShouldBe(SendOutcome.Sent);
        await Should.ThrowAsync<OperationCanceledException>(() => second);
        Sink.Mails.ShouldHaveSingleItem().To.ShouldBe("first@example.org");
    }

    /// <summary>The second waits when the first one's content goes out.</summary>
    private async Task<(Task<SendResult> First, Task<SendResult> Second)> SendTwoAsync(CancellationToken ofSecond = default)
    {
        var data = Sink.Hold("DATA");
        var sender = Sender();
        var first = SendAsync(sender, Mail("first@example.org"), CancellationToken.None);
        await data.ReachedAsync();
        var second = SendAsync(sender, Mail("second@example.org"), ofSecond);
        data.Release();
        return (first, second);
    }
}
