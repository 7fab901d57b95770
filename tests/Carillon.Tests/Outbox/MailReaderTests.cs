using System.Text;
using Carillon.Delivery.Email;
using Carillon.Outbox.Mime;
using Carillon.Tests.Delivery.Email;

namespace Carillon.Tests.Outbox;

public sealed class MailReaderTests
{
    [Fact]
    public void What_the_builder_writes_is_read_back()
    {
        var samples = new MailSamples(seed: 7);
        for (var i = 0; i < 300; i++)
        {
            var message = samples.Next();
            var mail = Mails.Read(message);
            MailReader.Decoded(mail.Headers.Find("Subject")).ShouldBe(MailSamples.InHeader(message.Subject));
            MailReader.Mailbox(mail.Headers.Find("From")).Name.ShouldBe(MailSamples.InHeader(message.FromName));
            ShouldHold(mail.Html, message.Html);
            ShouldHold(mail.Text, message.Text);
            mail.Attachments.Select(file => file.ReadBytes()).ShouldBe(message.Attachments.Select(file => file.Data.ToArray()));
            mail.Attachments.Select(file => file.Size).ShouldBe(message.Attachments.Select(file => file.Data.Length));
        }

        // A body that stands alone and is not in base64 ends with the line break that ends the mail.
        static void ShouldHold(MailPart? part, string? text)
        {
            if (text is null) part.ShouldBeNull();
            else part!.ReadText().ShouldBeOneOf(MailSamples.InBody(text), MailSamples.InBody(text) + "\r\n");
        }
    }

    [Theory]
    [InlineData("日本.txt")]
    [InlineData("plain.txt")]
    [InlineData("with \"quotes\" and ; semicolons.txt")]
    [InlineData("100% =?utf-8?B?eA==?=.txt")]
    [InlineData("a'b''c.txt")]
    public void Attachments_keep_their_names(string name)
    {
        var mail = Mails.Read(Mails.Plain with { Attachments = [new MailAttachment(name, "text/plain", "今日は\n"u8.ToArray())] });
        var file = mail.Attachments.ShouldHaveSingleItem();
        file.FileName.ShouldBe(name);
        file.MediaType.ShouldBe("text/plain");
        file.ReadText().ShouldBe("今日は\n");
        mail.Text!.ReadText().ShouldBe("Hello");
    }

    [Fact]
    public void An_address_is_read_from_behind_a_name_that_looks_like_one()
    {
        var mail = Mails.Read(Mails.Plain with { FromName = "Eve <eve@example.com> \"x\"" });
        MailReader.Mailbox(mail.Headers.Find("From")).ShouldBe(("Eve <eve@example.com> \"x\"", "shop@example.com"));
    }

    [Theory]
    [InlineData("=?iso-8859-1?Q?caf=E9?= =?utf-8?B?w6k=?= x", "caféé x")]
    [InlineData("=?utf-8?B?4pyT?=   =?UTF-8?B?4pyT?=", "✓✓")]
    [InlineData("=?utf-8?B?4g==?= =?utf-8?B?nJM=?= end", "✓ end")]
    [InlineData("=?nobody?Q?a_b?=", "a b")]
    [InlineData("=?utf-8?X?abc?= stays", "=?utf-8?X?abc?= stays")]
    public void Words_of_other_writers_are_decoded(string header, string expected) => MailReader.Decoded(header).ShouldBe(expected);

    [Fact]
    public void Names_in_pieces_and_parts_inside_of_parts_are_read()
    {
        var mail = Mails.Read("""
            Content-Type: multipart/mixed; boundary=outer

            before
            --outer
            Content-Type: multipart/related; boundary="inner"

            --inner
            Content-Type: text/html; charset=iso-8859-1
            Content-Transfer-Encoding: quoted-printable

            caf=E9=
             au lait
            --inner--
            --outer
            Content-Type: application/pdf
            Content-Disposition: attachment; filename*0*=utf-8''%E6%97%A5; filename*1="b.pdf"

            x
            --outer--
            after
            """);
        mail.Html!.ReadText().ShouldBe("café au lait");
        mail.Text.ShouldBeNull();
        mail.Attachments.ShouldHaveSingleItem().FileName.ShouldBe("日b.pdf");
    }

    [Fact]
    public void Bytes_that_are_no_mail_are_read_without_a_fault()
    {
        var random = new Random(11);
        var whole = Mails.Build(new MailSamples(3).Next()).Content.ToArray();
        for (var i = 0; i < 2000; i++)
        {
            var bytes = whole[..random.Next(whole.Length)];
            for (var change = 0; change < 20 && bytes.Length > 0; change++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            ReadEverything(bytes);
        }
        ReadEverything([]);
        ReadEverything(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("Content-Type: multipart/mixed; boundary=b\n\n--b\n", 5000))));
        ReadEverything(Encoding.ASCII.GetBytes("Content-Type: multipart/mixed; boundary=b\n\n" + string.Concat(Enumerable.Repeat("--b\n\nx\n", 50_000))));
    }

    private static void ReadEverything(byte[] source)
    {
        var mail = MailReader.Read(source);
        foreach (var part in mail.Attachments.Append(mail.Html).Append(mail.Text).OfType<MailPart>()) _ = (part.FileName, part.ReadText(), part.Size);
        foreach (var header in mail.Headers.All) _ = (MailReader.Decoded(header.Value), MailReader.Mailbox(header.Value));
        mail.Attachments.Count.ShouldBeLessThanOrEqualTo(500);
    }
}
