using System.Text;
using Carillon.Delivery;
using Carillon.Delivery.Email;
using Carillon.Tests.Harness;
using Carillon.Workspace;
using Microsoft.Extensions.Logging.Abstractions;

namespace Carillon.Tests.Delivery.Email;

/// <summary>What we build is read back by somebody who did not write it, part by part and header by header.</summary>
public sealed class IndependentReaderTests
{
    [Fact]
    public async Task A_mail_of_any_content_is_read_as_what_was_put_in()
    {
        var samples = new MailSamples(seed: 20260101);
        var messages = Enumerable.Range(0, 600).Select(_ => samples.Next()).Where(m => MailBuilder.Build(m).Mail is not null).ToList();
        messages.Count.ShouldBeGreaterThan(400); // the others have a header word or a file name that is too long

        var read = await PythonReader.ReadAsync([.. messages.Select(m => MailBuilder.Build(m).Mail!.Content)]);

        foreach (var (message, mail) in messages.Zip(read)) Compare(message, mail);
    }

    [Fact]
    public async Task An_address_outside_ascii_is_read_as_it_was_written()
    {
        var message = new MailSamples(seed: 1).Next() with { FromEmail = "иван@пример.рф", FromName = "Иван, \"Ваня\"", To = "jörg@example.com", ToName = null };
        var mail = MailBuilder.Build(message).Mail!;
        mail.NeedsSmtpUtf8.ShouldBeTrue();

        var read = (await PythonReader.ReadAsync([mail.Content])).Single();

        read.Addresses["from"].ShouldBe([["Иван, \"Ваня\"", "иван@xn--e1afmkfd.xn--p1ai"]]);
        read.Addresses["to"].ShouldBe([["", "jörg@example.com"]]);
    }

    [Fact]
    public async Task A_mail_of_any_content_arrives_byte_for_byte()
    {
        await using var sink = new SmtpSink();
        await using var sender = new SmtpSender(
            new SmtpSettings { Host = sink.Host, Port = sink.Port }, 2, TimeProvider.System, NullLogger.Instance);
        var samples = new MailSamples(seed: 7);
        var mails = Enumerable.Range(0, 150).Select(_ => MailBuilder.Build(samples.Next()).Mail).OfType<OutgoingMail>().ToList();
        mails.Count(m => Encoding.ASCII.GetString(m.Content.Span).Contains("\r\n.", StringComparison.Ordinal)).ShouldBeGreaterThan(5);

        foreach (var mail in mails) (await sender.SendAsync(mail, default)).Outcome.ShouldBe(SendOutcome.Sent);

        var received = sink.Mails;
        received.Count.ShouldBe(mails.Count);
        for (var i = 0; i < mails.Count; i++)
        {
            received[i].Content.ShouldBe(mails[i].Content.ToArray());
            received[i].From.ShouldBe(mails[i].EnvelopeFrom);
            received[i].To.ShouldBe(mails[i].EnvelopeTo);
        }
    }

    private static void Compare(MailMessage message, ReadMail mail)
    {
        mail.Defects.ShouldBeEmpty(message.Subject);
        mail.Headers.Select(h => h[0]).ShouldBe(ExpectedHeaders(message));
        mail.Header("Subject").ShouldBe(MailSamples.InHeader(message.Subject));
        mail.Header("Message-ID").ShouldStartWith($"<{message.MessageId}@");
        DateTimeOffset.Parse(mail.Header("Date")).ShouldBe(message.Date);
        foreach (var (name, value) in message.ExtraHeaders) mail.Header(name).TrimStart(' ').ShouldBe(MailSamples.InHeader(value)); // it may begin with a fold
        CompareAddress(mail, "from", message.FromName, message.FromEmail);
        CompareAddress(mail, "to", message.ToName, message.To);
        if (message.ReplyToEmail is not null) CompareAddress(mail, "reply-to", message.ReplyToName, message.ReplyToEmail);
        mail.Tree.ShouldBe(ExpectedTree(message, mail));
        CompareParts(message, mail);
    }

    private static List<string> ExpectedHeaders(MailMessage message)
    {
        List<string> names = ["Date", "From"];
        if (message.ReplyToEmail is not null) names.Add("Reply-To");
        names.AddRange(["To", "Message-ID", "Subject"]);
        names.AddRange(message.ExtraHeaders.Select(h => h.Name));
        names.AddRange(["MIME-Version", "Content-Type"]);
        if (IsSinglePart(message)) names.Add("Content-Transfer-Encoding");
        return names;
    }

    private static bool IsSinglePart(MailMessage message) => message.Attachments.Count == 0 && (message.Text is null || message.Html is null);

    private static void CompareAddress(ReadMail mail, string header, string? name, string address)
    {
        Carillon.Profiles.EmailAddress.TryRead(address, out var onTheWire).ShouldBeTrue();
        mail.Addresses[header].ShouldBe([[MailSamples.InHeader(name), onTheWire]]);
    }

    private static string ExpectedTree(MailMessage message, ReadMail mail)
    {
        var text = message switch
        {
            { Text: not null, Html: not null } => "multipart/alternative(text/plain, text/html)",
            { Html: not null } => "text/html",
            _ => "text/plain",
        };
        if (message.Attachments.Count == 0) return text;
        var attached = mail.Parts[^message.Attachments.Count..].Select(p => p.Type);
        return $"multipart/mixed({text}, {string.Join(", ", attached)})";
    }

    private static void CompareParts(MailMessage message, ReadMail mail)
    {
        // a mail of one part ends its last line, which only base64 can keep out of the text
        var end = IsSinglePart(message) && mail.Header("Content-Transfer-Encoding") != "base64" ? "\r\n" : "";
        List<string> texts = [.. new[] { message.Text, message.Html }.OfType<string>().Select(t => MailSamples.InBody(t) + end)];
        mail.Parts.Length.ShouldBe(texts.Count + message.Attachments.Count);
        for (var i = 0; i < texts.Count; i++)
        {
            var payload = Encoding.UTF8.GetString(mail.Parts[i].Payload);
            payload.ShouldBe(texts[i]);
            mail.Parts[i].Charset.ShouldBe("utf-8");
        }
        foreach (var (attachment, part) in message.Attachments.Zip(mail.Parts[texts.Count..])) CompareAttachment(attachment, part);
    }

    private static void CompareAttachment(MailAttachment attachment, ReadPart part)
    {
        var name = MailSamples.InHeader(attachment.Name).Replace('/', '_').Replace('\\', '_');
        part.Filename.ShouldBe(name.Length == 0 ? "attachment" : name);
        part.Disposition.ShouldBe("attachment");
        part.Headers.ShouldBe(["Content-Type", "Content-Transfer-Encoding", "Content-Disposition"]);
        part.Payload.ShouldBe(attachment.Data.ToArray());
        part.Type.ShouldBe(attachment.MediaType switch
        {
            "text/plain" or "image/png" or "application/pdf" => attachment.MediaType,
            "text/csv; charset=utf-8" => "text/csv",
            _ => "application/octet-stream",
        });
    }
}
