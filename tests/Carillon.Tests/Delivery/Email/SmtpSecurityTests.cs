using System.Net;
using System.Text;
using Carillon.Delivery;
using Carillon.Tests.Harness;
using Carillon.Workspace;

namespace Carillon.Tests.Delivery.Email;

public sealed class SmtpSecurityTests : SmtpTests
{
    private static SmtpSettings Trusting(SmtpSettings settings, SmtpTls tls) => settings with { Tls = tls, TrustAnyCertificate = true };

    [Theory]
    [InlineData(SmtpTls.StartTls, "PLAIN")]
    [InlineData(SmtpTls.StartTls, "LOGIN")]
    [InlineData(SmtpTls.Implicit, "PLAIN")]
    [InlineData(SmtpTls.Implicit, "LOGIN")]
    [InlineData(SmtpTls.None, "PLAIN")]
    [InlineData(SmtpTls.None, "LOGIN")]
    public async Task A_user_signs_in_by_what_the_server_offers(SmtpTls tls, string mechanism)
    {
        Sink.Capabilities = ["PIPELINING", $"AUTH CRAM-MD5 {mechanism}"];
        (Sink.OffersStartTls, Sink.ImplicitTls) = (tls == SmtpTls.StartTls, tls == SmtpTls.Implicit);
        var sender = Sender(with: s => Trusting(s, tls) with { Username = "юзер@example.com", Password = "p ä\r\nss" });

        for (var i = 0; i < 3; i++) (await SendAsync(sender)).Outcome.ShouldBe(SendOutcome.Sent);

        Sink.Logins.ShouldBe([new SinkLogin(mechanism, "юзер@example.com", "p ä\r\nss", OverTls: tls != SmtpTls.None)]);
    }

    [Fact]
    public async Task STARTTLS_is_required_once_it_is_asked_for()
    {
        var result = await SendAsync(Sender(with: s => Trusting(s, SmtpTls.StartTls) with { Username = "u", Password = "p" }));
        result.ShouldBe(new SendResult(SendOutcome.Retry, "The server offers no STARTTLS, which this sender requires.", null));
        Sink.Verbs.ShouldBe(["CONNECT", "EHLO"]);
    }

    [Fact]
    public async Task A_refused_STARTTLS_ends_the_connection()
    {
        Sink.OffersStartTls = true;
        Sink.On["STARTTLS"] = (_, _) => "454 4.7.0 Not now";
        var result = await SendAsync(Sender(with: s => Trusting(s, SmtpTls.StartTls)));
        result.ShouldBe(new SendResult(SendOutcome.Retry, "454 4.7.0 Not now", "454 4.7.0"));
        Sink.Verbs.ShouldNotContain("MAIL");
    }

    [Fact]
    public async Task What_comes_between_the_answer_to_STARTTLS_and_TLS_is_an_attack()
    {
        Sink.OffersStartTls = true;
        Sink.InjectedAfterStartTls = "250-evil\r\n250 AUTH PLAIN";
        var result = await SendAsync(Sender(with: s => Trusting(s, SmtpTls.StartTls) with { Username = "u", Password = "p" }));
        result.Outcome.ShouldBe(SendOutcome.Retry);
        result.Reply.ShouldContain("STARTTLS");
        Sink.Logins.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_offered_before_TLS_does_not_count_after_it()
    {
        Sink.OffersStartTls = true;
        Sink.On["EHLO"] = (n, _) => n == 1 ? "250-sink\r\n250-STARTTLS\r\n250-PIPELINING\r\n250 SIZE 1" : "250 sink";

        (await SendAsync(Sender(with: s => Trusting(s, SmtpTls.StartTls)))).Outcome.ShouldBe(SendOutcome.Sent);

        Sink.Mails.Single().MailArguments.ShouldBe("");
        Sink.Verbs.Count(v => v == "EHLO").ShouldBe(2);
    }

    [Theory]
    [InlineData(SmtpTls.StartTls)]
    [InlineData(SmtpTls.Implicit)]
    public async Task A_certificate_that_nobody_vouches_for_is_refused(SmtpTls tls)
    {
        (Sink.OffersStartTls, Sink.ImplicitTls) = (tls == SmtpTls.StartTls, tls == SmtpTls.Implicit);
        var result = await SendAsync(Sender(with: s => s with { Tls = tls, Username = "u", Password = "p" }));
        result.Outcome.ShouldBe(SendOutcome.Retry);
        result.Reply.ShouldStartWith($"No TLS with {IPAddress.Loopback}: ");
        Sink.Logins.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refused_password_is_a_retry_for_the_message()
    {
        Sink.On["AUTH"] = (_, _) => "535 5.7.8 Wrong password";
        var result = await SendAsync(Sender(with: s => s with { Username = "u", Password = "p" }));
        result.ShouldBe(new SendResult(SendOutcome.Retry, "535 5.7.8 Wrong password", "535 5.7.8"));
        Sink.Verbs.ShouldNotContain("MAIL");
    }

    [Fact]
    public async Task A_server_without_a_way_to_sign_in_gets_no_mail()
    {
        Sink.Capabilities = ["AUTH CRAM-MD5"];
        var result = await SendAsync(Sender(with: s => s with { Username = "u", Password = "p" }));
        result.ShouldBe(new SendResult(SendOutcome.Retry, "The server offers neither AUTH PLAIN nor AUTH LOGIN.", null));
        Sink.Verbs.ShouldBe(["CONNECT", "EHLO"]);
    }

    [Theory]
    [InlineData("evil\r\nMAIL FROM:<eve@example.com>")]
    [InlineData("")]
    [InlineData("two words")]
    public async Task A_name_that_cannot_stand_in_EHLO_is_not_written(string hello)
    {
        await SendAsync(Sender(with: s => s with { Hello = hello }));
        Sink.Commands.Single(c => c.Verb == "EHLO").Argument.ShouldBe("localhost");
    }

    [Theory]
    [InlineData("john@example.org>\r\nRCPT TO:<eve@example.com")]
    [InlineData("john@example.org\r\nDATA")]
    [InlineData("john@example.org\n")]
    [InlineData("john@example.org\r")]
    [InlineData("john\0@example.org")]
    [InlineData("john@example.org> SIZE=1")]
    [InlineData("<john@example.org")]
    [InlineData("\"john doe\"@example.org")]
    [InlineData("john@example.org\u0085")]
    [InlineData("john@example.org\u2028")]
    public async Task An_address_that_could_end_a_command_never_reaches_the_wire(string address)
    {
        var sender = Sender();
        (await SendAsync(sender, Mail(address))).Outcome.ShouldBe(SendOutcome.Failed);
        (await SendAsync(sender, Mail() with { EnvelopeFrom = address })).Outcome.ShouldBe(SendOutcome.Failed);
        Sink.ConnectionsSeen.ShouldBe(0);
    }

    [Theory]
    [InlineData("a\n.\nMAIL FROM:<eve@example.com>\r\n")]
    [InlineData("a\r.\r\n")]
    [InlineData("a\r\n.\rb\r\n")]
    [InlineData("a\r")]
    public async Task A_bare_line_break_never_reaches_the_wire(string content)
    {
        var result = await SendAsync(Sender(), Mail() with { Content = Encoding.ASCII.GetBytes(content) });
        result.ShouldBe(new SendResult(SendOutcome.Failed, "The mail has a line break that is not CRLF.", null));
        Sink.ConnectionsSeen.ShouldBe(0);
    }
}
