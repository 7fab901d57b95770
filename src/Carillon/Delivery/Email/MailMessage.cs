namespace Carillon.Delivery.Email;

/// <summary>The parts of a mail, rendered but not yet encoded. Any string may hold anything; see <see cref="MailBuilder"/>.</summary>
public sealed record MailMessage
{
    /// <summary>24 hex digits. The mail's Message-ID and boundaries come from it, so of equal parts a second try makes the same mail, byte for byte.</summary>
    public required string MessageId { get; init; }
    /// <summary>What follows the @ of the Message-ID: a host name.</summary>
    public string IdDomain { get; init; } = EmailTemplates.NoDomain;
    public required string FromEmail { get; init; }
    public string? FromName { get; init; }
    public required string To { get; init; }
    public string? ToName { get; init; }
    public string? ReplyToEmail { get; init; }
    public string? ReplyToName { get; init; }
    public required string Subject { get; init; }
    /// <summary>At least one of <see cref="Html"/> and <see cref="Text"/> is given; an empty one counts as given.</summary>
    public string? Html { get; init; }
    public string? Text { get; init; }
    public IReadOnlyList<MailAttachment> Attachments { get; init; } = [];
    public required DateTimeOffset Date { get; init; }
    /// <summary>Headers of our own (List-Unsubscribe...). Those that <see cref="MailBuilder"/> writes itself are refused.</summary>
    public IReadOnlyList<(string Name, string Value)> ExtraHeaders { get; init; } = [];
}

/// <param name="Name">What it is called where it is saved; folders in it are flattened.</param>
/// <param name="MediaType">Such as <c>image/png</c>; one that is not well-formed becomes <c>application/octet-stream</c>.</param>
/// <param name="Data">The decoded bytes.</param>
public sealed record MailAttachment(string Name, string MediaType, ReadOnlyMemory<byte> Data);

/// <summary>A mail, or one sentence that names the part which made it impossible. Exactly one of the two is null.</summary>
public sealed record MailBuild(OutgoingMail? Mail, string? Error);
