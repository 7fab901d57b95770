using System.Text;
using System.Text.RegularExpressions;
using Carillon.Delivery.Email;

namespace Carillon.Tests.Delivery.Email;

/// <summary>Mails with everything in them that has ever broken a mail. Equal seeds make equal mails.</summary>
internal sealed partial class MailSamples(int seed)
{
    private static readonly string[] Pieces =
    [
        "a", "Hello", " ", "  ", "\t", "\r\n", "\n", "\r", "\r\r\n", "\n\n", "\0", "\u0001", "\u001b", "\u007f", "\u0085", "\u2028", "\u2029",
        "\r\nBcc: eve@example.com", "\nBcc: eve@example.com", "\rBcc: eve@example.com", "\r\n\r\n<script>", "\r\n.\r\n", "\n.\n", ".", "..",
        "\r\n.\r\nMAIL FROM:<eve@example.com>\r\n", "\u0085Bcc: eve@example.com", "\u560a\u560d",
        "=?utf-8?B?DQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?=", "=?utf-8?Q?=0D=0ABcc:_eve?=", "=?", "?=", "=", "=\r\n", "=20",
        "--=_", "--", "--=_0123456789abcdef01234567_m", "From ", "\r\nFrom ", ">From ", "Привет", "日本語", "\ud83d\ude00", "👨‍👩‍👧‍👦", "\ud800", "\udc00",
        "é", "e\u0301", "\u202e", "\ufeff", "\u200b", "\"", "\\", "\\\"", "<", ">", "<eve@example.com>", ",", ";", ":", "(", ")", "@", "'", "%0D%0A", "%",
        "Content-Type: text/html", "boundary=", "filename=\"x\"", new('x', 75), new('x', 76), new('x', 77), new('x', 997), new('x', 998),
        new('x', 999), new('y', 5000), new(' ', 200), new('Ж', 300), "word word word word word word word word word word word word word word word",
    ];
    private static readonly string[] Addresses =
        ["john@example.com", "John.O'Doe+tag@Example.COM", "info@bücher.example", "a@b", new string('l', 64) + "@" + new string('d', 60) + ".example"];
    private static readonly string[] Types =
        ["text/plain", "image/png", "application/pdf", "text/csv; charset=utf-8", "multipart/mixed", "message/rfc822", "", "x", "a/b\r\nBcc: eve@example.com"];
    private readonly Random random = new(seed);

    public MailMessage Next()
    {
        var kind = random.Next(3);
        return new MailMessage
        {
            MessageId = "0123456789abcdef01234567",
            FromEmail = One(Addresses),
            FromName = Perhaps(Line(300)),
            To = One(Addresses),
            ToName = Perhaps(Line(300)),
            ReplyToEmail = Perhaps(One(Addresses)),
            ReplyToName = Perhaps(Line(300)),
            Subject = Line(3000),
            Text = kind == 0 ? null : Body(),
            Html = kind == 1 ? null : $"<p>{Body()}</p>",
            Attachments = random.Next(2) == 0 ? [] : [.. Enumerable.Range(0, random.Next(4)).Select(_ => Attachment())],
            Date = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.FromHours(random.Next(-12, 13))).AddSeconds(random.Next()),
            ExtraHeaders = [.. Enumerable.Range(0, random.Next(3)).Select(i => ($"X-Test-{i}", Line(800)))],
        };
    }

    /// <summary>The text as any reader must show it when it stands in a header. Said in other words than the builder's.</summary>
    public static string InHeader(string? text) => Valid(Breaking().Replace(text ?? "", " ").Trim(' '));

    public static string InBody(string text) => Valid(AnyLineBreak().Replace(text, "\r\n"));

    private static string Valid(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private MailAttachment Attachment()
    {
        var data = new byte[random.Next(4) == 0 ? 0 : random.Next(2000)];
        random.NextBytes(data);
        return new MailAttachment(Line(50), One(Types), data);
    }

    private string Body() => string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => One(Pieces)));

    private string Line(int longest)
    {
        var text = string.Concat(Enumerable.Range(0, random.Next(5)).Select(_ => One(Pieces)));
        return text.Length <= longest ? text : text[..longest];
    }

    private string? Perhaps(string text) => random.Next(3) == 0 ? null : text;

    private T One<T>(T[] of) => of[random.Next(of.Length)];

    [GeneratedRegex(@"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", RegexOptions.None, 1000)]
    private static partial Regex Breaking();

    [GeneratedRegex(@"\r\n|\r|\n", RegexOptions.None, 1000)]
    private static partial Regex AnyLineBreak();
}
