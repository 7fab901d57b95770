using System.Text;

namespace Carillon.Delivery.Email;

/// <summary>
/// The last look at a mail before its values become SMTP commands. Whoever built it, nothing that could end a path or a
/// line gets past here.
/// </summary>
internal static class Envelope
{
    private const int LongestPath = 254;

    /// <summary>What makes this mail impossible for any server, as a sentence, or null.</summary>
    public static string? Flaw(OutgoingMail mail)
    {
        if (mail.EnvelopeTo is not { Length: > 0 } || !IsPath(mail.EnvelopeTo)) return "The recipient's address cannot be written in an SMTP command.";
        if (mail.EnvelopeFrom is null || !IsPath(mail.EnvelopeFrom)) return "The sender's address cannot be written in an SMTP command.";
        return SmtpData.HasOnlyWholeLineBreaks(mail.Content.Span) ? null : "The mail has a line break that is not CRLF.";
    }

    /// <summary>What this server cannot take, as a sentence, or null.</summary>
    public static string? Misfit(OutgoingMail mail, SmtpCapabilities server)
    {
        if (NeedsSmtpUtf8(mail) && !server.SmtpUtf8) return "The server does not take addresses that are not ASCII (it offers no SMTPUTF8).";
        if (Is8Bit(mail) && !server.EightBitMime) return "The server does not take 8-bit mail (it offers no 8BITMIME).";
        if (server.LargestMail > 0 && mail.Content.Length > server.LargestMail)
            return $"The mail has {mail.Content.Length} bytes and the server takes at most {server.LargestMail}.";
        return null;
    }

    public static string MailFrom(OutgoingMail mail, SmtpCapabilities server) =>
        $"MAIL FROM:<{mail.EnvelopeFrom}>"
        + (server.Size ? $" SIZE={mail.Content.Length}" : "")
        + (Is8Bit(mail) ? " BODY=8BITMIME" : "")
        + (NeedsSmtpUtf8(mail) ? " SMTPUTF8" : "");

    public static string RcptTo(OutgoingMail mail) => $"RCPT TO:<{mail.EnvelopeTo}>";

    private static bool NeedsSmtpUtf8(OutgoingMail mail) =>
        mail.NeedsSmtpUtf8 || !Ascii.IsValid(mail.EnvelopeFrom) || !Ascii.IsValid(mail.EnvelopeTo);

    private static bool Is8Bit(OutgoingMail mail) => mail.Is8Bit || !Ascii.IsValid(mail.Content.Span);

    private static bool IsPath(string address) => address.Length <= LongestPath && address.All(IsPathCharacter);

    private static bool IsPathCharacter(char c) => !char.IsControl(c) && !char.IsWhiteSpace(c) && c is not ('<' or '>');
}
