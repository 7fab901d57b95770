using System.Text;
using Carillon.Profiles;

namespace Carillon.Delivery.Email;

/// <summary>What <see cref="MailBuilder"/> needs to know before it writes: that everything fits, and the addresses as they go on the wire.</summary>
internal sealed record CheckedMail(string From, string To, string? ReplyTo, byte[] Boundary)
{
    /// <summary>Longest word of a header of our own, in characters: it cannot be folded, and a line ends at 998.</summary>
    public const int LongestHeaderWord = 900;
    private const int LongestName = 500;
    private const int LongestSubject = 4_000;
    private const int LongestHeaderValue = 4_000;
    private const int MostHeaders = 50;
    private const int LongestText = 32 << 20;
    private const int MostAttachments = 200;
    private const long MostAttachedBytes = 100L << 20;
    private static readonly HashSet<string> Taken = new(StringComparer.OrdinalIgnoreCase)
    {
        "Date", "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Message-ID", "Subject", "MIME-Version", "Return-Path", "Received",
    };

    public bool NeedsSmtpUtf8 => !(Ascii.IsValid(From) && Ascii.IsValid(To) && (ReplyTo is null || Ascii.IsValid(ReplyTo)));

    /// <summary>Returns what is wrong, in a sentence, or null.</summary>
    public static string? Read(MailMessage message, out CheckedMail mail)
    {
        string? replyTo = null;
        mail = new("", "", null, []);
        if (!IsId(message.MessageId)) return "The message id is not 24 hex digits.";
        if (!EmailAddress.TryRead(message.FromEmail, out var from)) return "The From address is not a valid e-mail address.";
        if (!EmailAddress.TryRead(message.To, out var to)) return "The To address is not a valid e-mail address.";
        if (!string.IsNullOrEmpty(message.ReplyToEmail) && !EmailAddress.TryRead(message.ReplyToEmail, out replyTo))
            return "The Reply-To address is not a valid e-mail address.";
        mail = new(from, to, replyTo, Encoding.ASCII.GetBytes($"=_{message.MessageId}_"));
        return WrongText(message) ?? WrongHeader(message.ExtraHeaders) ?? WrongAttachment(message.Attachments);
    }

    private static bool IsId(string? id) => id is { Length: 24 } && id.All(char.IsAsciiHexDigit);

    private static string? WrongText(MailMessage message)
    {
        if (message.Subject is null) return "The mail has no subject.";
        if (message.Subject.Length > LongestSubject) return $"The subject is longer than {LongestSubject} characters.";
        if (message.FromName?.Length > LongestName) return $"The From name is longer than {LongestName} characters.";
        if (message.ToName?.Length > LongestName) return $"The To name is longer than {LongestName} characters.";
        if (message.ReplyToName?.Length > LongestName) return $"The Reply-To name is longer than {LongestName} characters.";
        if (message.Html is null && message.Text is null) return "The mail has neither html nor text.";
        if (message.Html?.Length > LongestText) return $"The html is longer than {LongestText} characters.";
        if (message.Text?.Length > LongestText) return $"The text is longer than {LongestText} characters.";
        return null;
    }

    private static string? WrongHeader(IReadOnlyList<(string Name, string Value)> headers)
    {
        if (headers is null) return "The list of headers is missing.";
        if (headers.Count > MostHeaders) return $"The mail has more than {MostHeaders} headers of its own.";
        for (var i = 0; i < headers.Count; i++)
        {
            var (name, value) = headers[i];
            if (name is null || name.Length > 60 || !HeaderText.IsToken(name)) return $"Header {i + 1} has a name that is not allowed in a mail.";
            if (Taken.Contains(name) || name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase))
                return $"The header {name} cannot be set: the mail has its own.";
            if (value?.Length > LongestHeaderValue) return $"The header {name} is longer than {LongestHeaderValue} characters.";
            if (value is not null && Ascii.IsValid(value) && HeaderText.LongestWord(HeaderText.OnOneLine(value)) > LongestHeaderWord)
                return $"The header {name} has a word of more than {LongestHeaderWord} characters.";
        }
        return null;
    }

    private static string? WrongAttachment(IReadOnlyList<MailAttachment> attachments)
    {
        if (attachments is null) return "The list of attachments is missing.";
        if (attachments.Count > MostAttachments) return $"The mail has more than {MostAttachments} attachments.";
        long bytes = 0;
        for (var i = 0; i < attachments.Count; i++)
        {
            if (attachments[i] is not { } attachment) return $"Attachment {i + 1} is missing.";
            if (Encoding.UTF8.GetByteCount(AttachmentPart.Flat(attachment.Name)) > AttachmentPart.LongestName)
                return $"Attachment {i + 1} has a name of more than {AttachmentPart.LongestName} bytes.";
            bytes += attachment.Data.Length;
        }
        return bytes > MostAttachedBytes ? $"The attachments are larger than {MostAttachedBytes} bytes together." : null;
    }
}
