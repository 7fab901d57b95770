using System.Text;
using Carillon.Delivery.Email;
using FsCheck;
using FsCheck.Fluent;

namespace Carillon.Tests.Delivery.Email;

public sealed class MailBuilderTests
{
    private static readonly MailMessage Plain = new()
    {
        MessageId = "5f0c1e2d3b4a59687786a5b4",
        FromEmail = "shop@example.com",
        FromName = "Shop",
        To = "john@example.org",
        Subject = "Your receipt",
        Text = "Thank you.",
        Date = new DateTimeOffset(2026, 3, 5, 7, 8, 9, TimeSpan.FromHours(3)),
    };

    [Fact]
    public void A_plain_mail_looks_like_this() => Built(Plain).ShouldBe("""
        Date: Thu, 05 Mar 2026 04:08:09 +0000
        From: "Shop" <shop@example.com>
        To: <john@example.org>
        Message-ID: <5f0c1e2d3b4a59687786a5b4@carillon.invalid>
        Subject: Your receipt
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 7bit

        Thank you.

        """.ReplaceLineEndings("\r\n"));

    [Fact]
    public void A_mail_with_everything_looks_like_this() => Built(Plain with
    {
        FromName = "Магазин",
        ReplyToEmail = "help@BÜCHER.example",
        ReplyToName = "\"Help\" \\ Desk",
        Html = "<p>Grüße</p>",
        Attachments = [new("日本.txt", "text/plain", "hi"u8.ToArray()), new("a.bin", "nonsense", default)],
        ExtraHeaders = [("List-Unsubscribe", "<https://example.com/u>")],
    }).ShouldBe("""
        Date: Thu, 05 Mar 2026 04:08:09 +0000
        From: =?utf-8?B?0JzQsNCz0LDQt9C40L0=?= <shop@example.com>
        Reply-To: "\"Help\" \\ Desk" <help@xn--bcher-kva.example>
        To: <john@example.org>
        Message-ID: <5f0c1e2d3b4a59687786a5b4@carillon.invalid>
        Subject: Your receipt
        List-Unsubscribe: <https://example.com/u>
        MIME-Version: 1.0
        Content-Type: multipart/mixed;
         boundary="=_5f0c1e2d3b4a59687786a5b4_m"

        --=_5f0c1e2d3b4a59687786a5b4_m
        Content-Type: multipart/alternative;
         boundary="=_5f0c1e2d3b4a59687786a5b4_a"

        --=_5f0c1e2d3b4a59687786a5b4_a
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 7bit

        Thank you.
        --=_5f0c1e2d3b4a59687786a5b4_a
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: base64

        PHA+R3LDvMOfZTwvcD4=
        --=_5f0c1e2d3b4a59687786a5b4_a--

        --=_5f0c1e2d3b4a59687786a5b4_m
        Content-Type: text/plain
        Content-Transfer-Encoding: base64
        Content-Disposition: attachment;
         filename*=utf-8''%E6%97%A5%E6%9C%AC.txt;
         filename="__.txt"

        aGk=
        --=_5f0c1e2d3b4a59687786a5b4_m
        Content-Type: application/octet-stream
        Content-Transfer-Encoding: base64
        Content-Disposition: attachment;
         filename="a.bin"


        --=_5f0c1e2d3b4a59687786a5b4_m--

        """.ReplaceLineEndings("\r\n"));

    [Fact]
    public void A_second_build_gives_the_same_bytes()
    {
        var samples = new MailSamples(seed: 3);
        for (var i = 0; i < 50; i++)
        {
            var message = samples.Next();
            MailBuilder.Build(message).Mail?.Content.ToArray().ShouldBe(MailBuilder.Build(message).Mail!.Content.ToArray());
        }
    }

    [Theory]
    [InlineData("plain", "7bit")]
    [InlineData("", "7bit")]
    [InlineData("tab\tand = sign", "7bit")]
    [InlineData("mostly plain with one é in it", "quoted-printable")]
    [InlineData("one \0 in plain text", "quoted-printable")]
    [InlineData("Привет", "base64")]
    public void Each_part_has_the_lightest_safe_encoding(string text, string encoding) =>
        Built(Plain with { Text = text }).ShouldContain($"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n");

    [Fact] // RFC 2045 6.7 rule 3; Python reads it either way, servers on the way may cut it
    public void Blanks_at_the_end_of_a_quoted_printable_line_are_escaped()
    {
        var text = string.Concat(Enumerable.Repeat("plain ", 20)) + "é";
        Built(Plain with { Text = text + " \nb\t\nc " }).ShouldEndWith("=C3=A9=20\r\nb=09\r\nc=20\r\n");
    }

    [Theory]
    [InlineData(998, "7bit")]
    [InlineData(999, "quoted-printable")]
    public void A_line_longer_than_998_is_not_sent_as_it_is(int length, string encoding) =>
        Built(Plain with { Text = "short\n" + new string('x', length) + "\nshort" }).ShouldContain($"Encoding: {encoding}\r\n");

    [Fact]
    public void A_body_that_holds_the_boundary_is_encoded()
    {
        var mail = Built(Plain with { Text = $"--=_{Plain.MessageId}_a--\r\n\r\nfalse end", Html = "<p>" });
        mail.Split($"--=_{Plain.MessageId}_a").Length.ShouldBe(4); // two openings, one end
    }

    [Fact]
    public void No_line_is_longer_than_998_and_no_head_line_than_78_where_it_can_be_folded()
    {
        var samples = new MailSamples(seed: 11);
        for (var i = 0; i < 300; i++)
        {
            if (MailBuilder.Build(samples.Next()).Mail is not { } mail) continue;
            SmtpLines(mail.Content.ToArray()).ShouldAllBe(line => line.Length <= 998);
        }
        var folded = Built(Plain with { Subject = string.Join(' ', Enumerable.Repeat("word", 100)), FromName = new string('Ж', 200) });
        folded[..folded.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Split("\r\n").ShouldAllBe(line => line.Length <= 78);
    }

    [Theory]
    [InlineData("not an id")]
    [InlineData("")]
    [InlineData("5f0c1e2d3b4a59687786a5b4\r\nBcc: eve@example.com")]
    [InlineData("5f0c1e2d3b4a59687786a5\r\n")]
    public void A_message_id_is_24_hex_digits(string id) => Error(Plain with { MessageId = id }).ShouldBe("The message id is not 24 hex digits.");

    [Theory]
    [InlineData("john@example.com\r\nBcc: eve@example.com")]
    [InlineData("john@example.com>\r\nBcc: <eve@example.com")]
    [InlineData("john@example.com, eve@example.com")]
    [InlineData("\"john\r\nBcc: eve@example.com\"@example.com")]
    [InlineData("john@example.com\0")]
    [InlineData("=?utf-8?Q?john=0D=0A?=@exa mple.com")]
    [InlineData("")]
    [InlineData(null)]
    public void A_wrong_address_is_an_error_that_names_it(string? address)
    {
        Error(Plain with { FromEmail = address! }).ShouldBe("The From address is not a valid e-mail address.");
        Error(Plain with { To = address! }).ShouldBe("The To address is not a valid e-mail address.");
        if (!string.IsNullOrEmpty(address))
            Error(Plain with { ReplyToEmail = address }).ShouldBe("The Reply-To address is not a valid e-mail address.");
    }

    [Theory]
    [InlineData("Bcc")]
    [InlineData("from")]
    [InlineData("CONTENT-TYPE")]
    [InlineData("Message-Id")]
    [InlineData("X: y\r\nBcc")]
    [InlineData("X\r\n")]
    [InlineData("X ")]
    [InlineData("Ключ")]
    [InlineData("")]
    public void A_header_of_our_own_cannot_be_one_that_the_mail_has_or_break_the_line(string name) =>
        Error(Plain with { ExtraHeaders = [(name, "value")] }).ShouldNotBeNull();

    [Fact]
    public void What_does_not_fit_is_named()
    {
        Error(Plain with { Text = null }).ShouldBe("The mail has neither html nor text.");
        Error(Plain with { Subject = new string('x', 4001) }).ShouldBe("The subject is longer than 4000 characters.");
        Error(Plain with { FromName = new string('x', 501) }).ShouldBe("The From name is longer than 500 characters.");
        Error(Plain with { ExtraHeaders = [("X-Long", new string('x', 901))] }).ShouldBe("The header X-Long has a word of more than 900 characters.");
        Error(Plain with { Attachments = [new("a", "a/b", default), new(new string('и', 121), "a/b", default)] })
            .ShouldBe("Attachment 2 has a name of more than 240 bytes.");
    }

    [Fact]
    public void No_value_ever_makes_a_header_or_throws()
    {
        var piece = Gen.Elements("a", " ", "\r\n", "\n", "\r", "\0", "\r\nBcc: eve@example.com\r\n\r\n", "\u0085", "\u2028", "=?utf-8?B?DQo=?=",
            "é", "\ud800", "\ud83d\ude00", "\"", "\\", "<", ">", "@", "@example.com", ":", ";", new string('x', 80), new string('ж', 90));
        var text = Gen.ListOf(piece).Select(string.Concat).OrNull();
        var message = from texts in text.ArrayOf(9)
                      from valid in Gen.Elements(true, true, true, false)
                      select Hostile(texts, valid);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(4000).WithReplay(42, 1), Prop.ForAll(Arb.From(message), hostile =>
        {
            var built = MailBuilder.Build(hostile);
            return built.Mail is null ? !string.IsNullOrEmpty(built.Error) : built.Error is null && HasOnlyOurHeaders(built.Mail.Content.ToArray());
        }));
    }

    private static MailMessage Hostile(string[] texts, bool addressesAreValid) => Plain with
    {
        FromEmail = addressesAreValid ? Plain.FromEmail : texts[0],
        To = addressesAreValid ? Plain.To : texts[1],
        FromName = texts[2],
        ToName = texts[3],
        ReplyToEmail = addressesAreValid ? "help@example.com" : texts[3],
        ReplyToName = texts[4],
        Subject = texts[5] ?? "",
        Text = texts[6],
        Html = texts[7],
        Attachments = texts[8] is null ? [] : [new(texts[8], texts[0], new byte[3])],
        ExtraHeaders = [("X-Test", texts[1])],
    };

    private static bool HasOnlyOurHeaders(byte[] content)
    {
        var lines = SmtpLines(content);
        string[] ours =
            ["Date", "From", "Reply-To", "To", "Message-ID", "Subject", "X-Test", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"];
        var head = lines.TakeWhile(line => line.Length > 0).Where(line => line[0] != ' ').Select(line => line.Split(':')[0]).ToList();
        return head.All(ours.Contains) && head.Distinct().Count() == head.Count && head.Contains("To");
    }

    /// <summary>Split at CRLF; a bare CR or LF in any line is a failure.</summary>
    private static string[] SmtpLines(byte[] content)
    {
        var lines = Encoding.Latin1.GetString(content).Split("\r\n");
        lines.ShouldAllBe(line => !line.Contains('\r') && !line.Contains('\n') && !line.Contains('\0'));
        return lines;
    }

    private static string Built(MailMessage message)
    {
        var (mail, error) = MailBuilder.Build(message);
        error.ShouldBeNull();
        return Encoding.UTF8.GetString(mail!.Content.Span);
    }

    private static string? Error(MailMessage message)
    {
        var (mail, error) = MailBuilder.Build(message);
        mail.ShouldBeNull();
        return error;
    }
}
