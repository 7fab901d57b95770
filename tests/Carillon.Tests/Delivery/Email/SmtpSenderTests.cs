using System.Net.Sockets;
using System.Text;
using Carillon.Delivery;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Delivery.Email;

public sealed class SmtpSenderTests : SmtpTests
{
    [Fact]
    public async Task A_taken_mail_is_sent_with_the_servers_own_words()
    {
        Sink.OnDot = (_, _) => "250-2.0.0 Ok:\r\n250 2.0.0 queued as 4ABC";

        var result = await SendAsync(Sender());

        result.ShouldBe(new SendResult(SendOutcome.Sent, "250-2.0.0 Ok:\n250 2.0.0 queued as 4ABC", "250 2.0.0"));
        var mail = Sink.Mails.ShouldHaveSingleItem();
        mail.From.ShouldBe("shop@example.com");
        mail.To.ShouldBe("john@example.org");
        mail.MailArguments.ShouldBe($"SIZE={Mail().Content.Length}");
        mail.Content.ShouldBe(Mail().Content.ToArray());
    }

    [Theory]
    [InlineData("MAIL", "451 4.3.0 Later", SendOutcome.Retry, "451 4.3.0")]
    [InlineData("MAIL", "553 5.1.8 Not from you", SendOutcome.Failed, "553 5.1.8")]
    [InlineData("RCPT", "450 4.2.1 Mailbox busy", SendOutcome.Retry, "450 4.2.1")]
    [InlineData("RCPT", "550 5.1.1 No such user", SendOutcome.Failed, "550 5.1.1")]
    [InlineData("RCPT", "550-5.7.1 First\r\n550 second", SendOutcome.Failed, "550")]
    [InlineData("RCPT", "550", SendOutcome.Failed, "550")]
    [InlineData("DATA", "451 4.3.0 Later", SendOutcome.Retry, "451 4.3.0")]
    [InlineData("DATA", "554 5.7.1 No", SendOutcome.Failed, "554 5.7.1")]
    [InlineData(".", "452 4.2.2 Full", SendOutcome.Retry, "452 4.2.2")]
    [InlineData(".", "554 5.6.0 Spam", SendOutcome.Failed, "554 5.6.0")]
    public async Task A_4xx_is_retried_and_a_5xx_is_not_and_the_connection_goes_on(string verb, string reply, SendOutcome outcome, string code)
    {
        foreach (var pipelining in new[] { true, false })
        {
            await using var sink = new SmtpSink();
            if (!pipelining) sink.Capabilities = [];
            sink.On[verb] = (n, _) => n == 1 ? reply : null;
            await using var sender = Sender(with: s => s with { Port = sink.Port });

            var refused = await SendAsync(sender);
            var next = await SendAsync(sender, Mail("next@example.org"));

            refused.ShouldBe(new SendResult(outcome, reply.Replace("\r\n", "\n", StringComparison.Ordinal), code));
            next.Outcome.ShouldBe(SendOutcome.Sent);
            sink.Mails.ShouldHaveSingleItem().To.ShouldBe("next@example.org");
            sink.ConnectionsSeen.ShouldBe(1);
            sink.Verbs.Count(v => v == "RSET").ShouldBe(verb == "." ? 0 : 1);
        }
    }

    [Fact]
    public async Task With_pipelining_the_envelope_is_one_packet_and_a_refused_recipient_never_gets_the_content()
    {
        // the sink says yes to DATA although it refused the recipient: the content must be empty
        Sink.OnRcpt = (n, _) => n == 1 ? "550 5.1.1 No such user" : null;
        Sink.OnData = (n, _) => n == 1 ? "354 Go on then" : null;
        var sender = Sender();

        (await SendAsync(sender)).Code.ShouldBe("550 5.1.1");
        (await SendAsync(sender, Mail("next@example.org"))).Outcome.ShouldBe(SendOutcome.Sent);

        Sink.Commands.Where(c => c.Verb == ".").Select(c => c.Argument).First().ShouldBe("");
        Sink.Verbs.ShouldBe(["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", ".", "RSET", "MAIL", "RCPT", "DATA", "."]);
    }

    [Fact]
    public async Task A_sloppy_server_that_refused_only_the_sender_delivers_nothing()
    {
        Sink.OnMail = (n, _) => n == 1 ? "550 5.7.1 Not from you" : null;
        Sink.OnRcpt = (_, _) => "250 Anyway";
        var sender = Sender();

        (await SendAsync(sender)).Code.ShouldBe("550 5.7.1");
        (await SendAsync(sender, Mail("next@example.org"))).Outcome.ShouldBe(SendOutcome.Sent);

        Sink.Mails.ShouldHaveSingleItem().To.ShouldBe("next@example.org");
        Sink.ConnectionsSeen.ShouldBe(2);
    }

    [Fact]
    public async Task Without_pipelining_nothing_follows_a_refusal()
    {
        WithoutPipelining();
        Sink.OnRcpt = (_, _) => "550 5.1.1 No such user";

        await SendAsync(Sender());

        Sink.Verbs.ShouldBe(["CONNECT", "EHLO", "MAIL", "RCPT", "RSET"]);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(".\r\n.\r\nMAIL FROM:<eve@example.com>")]
    [InlineData("a\r\n.b\r\n..c\r\n.\r\n")]
    [InlineData("")]
    public async Task Dots_at_the_start_of_a_line_survive_and_end_nothing(string body)
    {
        await SendAsync(Sender(), Mail(body: body));
        Sink.Mails.ShouldHaveSingleItem().Content.ShouldBe(Mail(body: body).Content.ToArray());
        Sink.Verbs.Count(v => v == "MAIL").ShouldBe(1);
    }

    [Fact]
    public async Task A_mail_that_begins_with_a_dot_or_lacks_its_last_line_break_is_ended_properly()
    {
        await SendAsync(Sender(), Mail() with { Content = ".a\r\n.b"u8.ToArray() });
        Encoding.ASCII.GetString(Sink.Mails.ShouldHaveSingleItem().Content).ShouldBe(".a\r\n.b\r\n");
    }

    [Fact]
    public async Task A_large_mail_arrives_whole()
    {
        var body = string.Concat(Enumerable.Range(0, 30_000).Select(i => $".line {i} of a long mail\r\n"));
        (await SendAsync(Sender(), Mail(body: body))).Outcome.ShouldBe(SendOutcome.Sent);
        Sink.Mails.ShouldHaveSingleItem().Content.ShouldBe(Mail(body: body).Content.ToArray());
    }

    [Fact]
    public async Task A_bounce_has_no_sender()
    {
        await SendAsync(Sender(), Mail() with { EnvelopeFrom = "" });
        Sink.Mails.ShouldHaveSingleItem().From.ShouldBe("");
    }

    [Fact]
    public async Task A_mail_over_the_servers_size_fails_before_it_is_offered()
    {
        Sink.Capabilities = ["SIZE 10"];
        var result = await SendAsync(Sender());
        result.ShouldBe(new SendResult(SendOutcome.Failed, $"The mail has {Mail().Content.Length} bytes and the server takes at most 10.", null));
        Sink.Verbs.ShouldNotContain("MAIL");
    }

    [Fact]
    public async Task An_address_outside_ascii_needs_smtputf8()
    {
        await SendAsync(Sender(), Mail("иван@example.org"));
        var mail = Sink.Mails.ShouldHaveSingleItem();
        mail.To.ShouldBe("иван@example.org");
        mail.MailArguments.ShouldEndWith(" SMTPUTF8");

        await using var old = new SmtpSink { Capabilities = ["8BITMIME"] };
        var refused = await SendAsync(Sender(with: s => s with { Port = old.Port }), Mail("иван@example.org"));
        refused.Outcome.ShouldBe(SendOutcome.Failed);
        refused.Reply.ShouldContain("SMTPUTF8");
    }

    [Fact]
    public async Task An_8_bit_mail_needs_8bitmime()
    {
        await SendAsync(Sender(), Mail(body: "é"));
        Sink.Mails.ShouldHaveSingleItem().MailArguments.ShouldEndWith(" BODY=8BITMIME");

        await using var old = new SmtpSink { Capabilities = [] };
        var refused = await SendAsync(Sender(with: s => s with { Port = old.Port }), Mail(body: "é"));
        refused.Outcome.ShouldBe(SendOutcome.Failed);
        refused.Reply.ShouldContain("8BITMIME");
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_a_retry()
    {
        using var closed = new TcpListener(System.Net.IPAddress.Loopback, 0);
        closed.Start();
        var port = ((System.Net.IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();

        var result = await SendAsync(Sender(with: s => s with { Port = port }));

        result.Outcome.ShouldBe(SendOutcome.Retry);
        result.Reply.ShouldStartWith($"Could not connect to 127.0.0.1:{port}: ");
    }

    [Theory]
    [InlineData("CONNECT", "554 5.7.1 Not you")]
    [InlineData("CONNECT", "421 4.3.2 Too busy")]
    [InlineData("EHLO", "550 5.7.1 Bad name")]
    public async Task A_server_that_does_not_let_us_in_is_a_retry_for_the_message(string verb, string reply)
    {
        Sink.On[verb] = (_, _) => reply;
        var result = await SendAsync(Sender());
        result.Outcome.ShouldBe(SendOutcome.Retry);
        result.Reply.ShouldBe(reply);
        await Sink.WaitForAsync(() => Sink.ConnectionsOpen == 0);
    }

    [Fact]
    public async Task A_server_without_EHLO_is_greeted_with_HELO()
    {
        Sink.On["EHLO"] = (_, _) => "502 5.5.1 What";
        (await SendAsync(Sender())).Outcome.ShouldBe(SendOutcome.Sent);
        Sink.Commands.Single(c => c.Verb == "HELO").Argument.ShouldBe("carillon.test");
        Sink.Mails.Single().MailArguments.ShouldBe("");
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request")]
    [InlineData("220")]
    [InlineData("999 what")]
    [InlineData("250-a\r\n550 b")]
    [InlineData("250x")]
    [InlineData("25")]
    public async Task Something_that_is_not_SMTP_is_a_retry(string nonsense)
    {
        Sink.OnMail = (_, _) => nonsense;
        (await SendAsync(Sender())).Outcome.ShouldBe(nonsense == "220" ? SendOutcome.Sent : SendOutcome.Retry);
    }

    [Fact]
    public async Task A_reply_without_end_is_a_retry()
    {
        Sink.OnMail = (n, _) => n == 1 ? "250 " + new string('x', 5000) : string.Concat(Enumerable.Repeat("250-x\r\n", 1000)) + "250 x";
        var sender = Sender();
        (await SendAsync(sender)).Reply.ShouldBe("The server's reply has a line that is too long.");
        (await SendAsync(sender)).Reply.ShouldStartWith("The server's reply has more than 64 lines");
    }

    [Fact]
    public async Task Controls_in_a_reply_become_spaces()
    {
        Sink.OnRcpt = (_, _) => "550 5.1.1 a\0b\u001b[31m\rc";
        (await SendAsync(Sender())).Reply.ShouldBe("550 5.1.1 a b [31m c");
    }

    [Fact]
    public async Task An_answer_that_came_too_early_is_not_taken_for_the_answer_to_the_mail()
    {
        Sink.OnData = (n, _) => n == 1 ? "354 Go ahead\r\n250 2.0.0 Queued already" : null;
        var sender = Sender();
        (await SendAsync(sender)).ShouldBe(new SendResult(SendOutcome.Retry, "The server sent more replies than it was given commands.", null));
        (await SendAsync(sender)).Outcome.ShouldBe(SendOutcome.Sent);
        Sink.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_connection_with_an_answer_too_many_is_not_used_again()
    {
        Sink.OnDot = (n, _) => n == 1 ? "250 2.0.0 Taken\r\n250 2.0.0 And again" : null;
        var sender = Sender();
        (await SendAsync(sender)).Outcome.ShouldBe(SendOutcome.Sent);
        (await SendAsync(sender)).Outcome.ShouldBe(SendOutcome.Sent);
        Sink.ConnectionsSeen.ShouldBe(2);
    }
}
