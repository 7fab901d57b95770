namespace Carillon.Delivery;

/// <summary>One mail to one recipient, ready for the wire.</summary>
public sealed record OutgoingMail
{
    /// <summary>The id of the message row, 24 hex digits.</summary>
    public required string MessageId { get; init; }
    /// <summary>The return path. Empty for a mail that must not bounce.</summary>
    public required string EnvelopeFrom { get; init; }
    public required string EnvelopeTo { get; init; }
    /// <summary>The whole RFC 5322 message: CRLF line ends, not dot-stuffed.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }
    /// <summary>Asked when nothing but the content is left to send: false when the message may be another process's by now, and must not go.</summary>
    public Func<bool> MayGo { get; init; } = static () => true;
    /// <summary>Cancelled when the mail is to come back unless it is on a connection already.</summary>
    public CancellationToken Recalled { get; init; }
    /// <summary>An address, and so a header, is not ASCII: only a server with SMTPUTF8 (RFC 6531) can take it.</summary>
    public bool NeedsSmtpUtf8 { get; init; }
    /// <summary>The content has bytes above 127: only a server with 8BITMIME (RFC 6152) can take it.</summary>
    public bool Is8Bit { get; init; }
}
