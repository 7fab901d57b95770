using System.Buffers;
using System.Text;

namespace Carillon.Delivery.Email;

/// <summary>
/// Builds the bytes of a mail (RFC 5322, 2045 to 2047, 2231). Equal messages give equal bytes.
/// </summary>
/// <remarks>
/// No value can make a header: line breaks and controls in subjects, names and header values become a space, in an
/// address or a header name they are an error. The way is: check everything, then write without looking back.
/// </remarks>
public static class MailBuilder
{
    /// <summary>Never throws. What cannot be put into a mail is named in <see cref="MailBuild.Error"/>.</summary>
    public static MailBuild Build(MailMessage message)
    {
        if (CheckedMail.Read(message, out var mail) is { } error) return new(null, error);
        var output = new ArrayBufferWriter<byte>(Estimate(message));
        WriteHeaders(output, message, mail);
        WriteBody(output, message, mail);
        return new(new OutgoingMail
        {
            MessageId = message.MessageId,
            EnvelopeFrom = mail.From,
            EnvelopeTo = mail.To,
            Content = output.WrittenMemory,
            NeedsSmtpUtf8 = mail.NeedsSmtpUtf8,
            Is8Bit = mail.NeedsSmtpUtf8, // bodies are always encoded; only such an address puts raw UTF-8 in a header
        }, null);
    }

    private static int Estimate(MailMessage message)
    {
        long bytes = 1024 + message.Subject.Length + ((message.Html?.Length ?? 0) + (long)(message.Text?.Length ?? 0)) * 9 / 8;
        foreach (var attachment in message.Attachments) bytes += attachment.Data.Length * 7L / 5 + 512;
        return (int)Math.Min(bytes, Array.MaxLength);
    }

    private static void WriteHeaders(ArrayBufferWriter<byte> output, MailMessage message, CheckedMail mail)
    {
        var headers = new HeaderWriter(output);
        headers.Date(message.Date);
        headers.Mailbox("From", HeaderText.OnOneLine(message.FromName), mail.From);
        if (mail.ReplyTo is not null) headers.Mailbox("Reply-To", HeaderText.OnOneLine(message.ReplyToName), mail.ReplyTo);
        headers.Mailbox("To", HeaderText.OnOneLine(message.ToName), mail.To);
        headers.OneLine("Message-ID", $"<{message.MessageId}@{message.IdDomain}>");
        headers.Text("Subject", HeaderText.OnOneLine(message.Subject));
        foreach (var (name, value) in message.ExtraHeaders)
            headers.Text(name, HeaderText.OnOneLine(value), CheckedMail.LongestHeaderWord);
        output.Write("MIME-Version: 1.0\r\n"u8);
    }

    /// <summary>
    /// The tree, its empty branches left out: mixed( alternative( text, html ), attachments ). Boundaries never meet a
    /// body: see <see cref="TextPart"/>.
    /// </summary>
    private static void WriteBody(ArrayBufferWriter<byte> output, MailMessage message, CheckedMail mail)
    {
        if (message.Attachments.Count == 0)
        {
            WriteText(output, message, mail);
            output.Write("\r\n"u8);
            return;
        }
        OpenMultipart(output, "mixed"u8, mail.Boundary, "m"u8);
        Delimit(output, mail.Boundary, "m"u8);
        WriteText(output, message, mail);
        foreach (var attachment in message.Attachments)
        {
            Delimit(output, mail.Boundary, "m"u8);
            AttachmentPart.Write(output, attachment);
        }
        Close(output, mail.Boundary, "m"u8);
    }

    private static void WriteText(ArrayBufferWriter<byte> output, MailMessage message, CheckedMail mail)
    {
        if (message is { Text: not null, Html: not null })
        {
            // the best version comes last (RFC 2046 5.1.4)
            OpenMultipart(output, "alternative"u8, mail.Boundary, "a"u8);
            Delimit(output, mail.Boundary, "a"u8);
            TextPart.Write(output, PlainText, message.Text, mail.Boundary);
            Delimit(output, mail.Boundary, "a"u8);
            TextPart.Write(output, HtmlText, message.Html, mail.Boundary);
            Close(output, mail.Boundary, "a"u8);
        }
        else if (message.Html is not null) TextPart.Write(output, HtmlText, message.Html, mail.Boundary);
        else TextPart.Write(output, PlainText, message.Text!, mail.Boundary);
    }

    private static ReadOnlySpan<byte> PlainText => "text/plain; charset=utf-8"u8;
    private static ReadOnlySpan<byte> HtmlText => "text/html; charset=utf-8"u8;

    private static void OpenMultipart(
        ArrayBufferWriter<byte> output, ReadOnlySpan<byte> subtype, ReadOnlySpan<byte> boundary, ReadOnlySpan<byte> level)
    {
        output.Write("Content-Type: multipart/"u8);
        output.Write(subtype);
        output.Write(";\r\n boundary=\""u8);
        output.Write(boundary);
        output.Write(level);
        output.Write("\"\r\n"u8);
    }

    private static void Delimit(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> boundary, ReadOnlySpan<byte> level)
    {
        output.Write("\r\n--"u8);
        output.Write(boundary);
        output.Write(level);
        output.Write("\r\n"u8);
    }

    private static void Close(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> boundary, ReadOnlySpan<byte> level)
    {
        output.Write("\r\n--"u8);
        output.Write(boundary);
        output.Write(level);
        output.Write("--\r\n"u8);
    }
}
