namespace Carillon.Outbox;

/// <summary>A mail as the mailbox lists it.</summary>
public sealed record OutboxMail
{
    /// <summary>Counts up; the newest has the highest.</summary>
    public required long Number { get; init; }
    public required string MessageId { get; init; }
    /// <summary>Milliseconds since 1970.</summary>
    public required long Received { get; init; }
    /// <summary>The sender's name; empty when the mail gives only an address.</summary>
    public required string FromName { get; init; }
    public required string From { get; init; }
    public required string To { get; init; }
    public required string Subject { get; init; }
    /// <summary>The first words, on one line.</summary>
    public required string Preview { get; init; }
    /// <summary>How many files are attached.</summary>
    public required int Attachments { get; init; }
    /// <summary>Of the source, in bytes.</summary>
    public required int Size { get; init; }
}

/// <param name="Mail">What the list says about it.</param>
/// <param name="Source">The mail as it would have gone on the wire.</param>
public sealed record KeptMail(OutboxMail Mail, byte[] Source);
