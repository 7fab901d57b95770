namespace Carillon.Outbox;

/// <summary>A mail in the built-in mailbox.</summary>
/// <param name="Number">Counts up; the newest has the highest.</param>
/// <param name="Received">Milliseconds since 1970.</param>
/// <param name="Source">The mail as it would have gone on the wire.</param>
public sealed record OutboxMail(long Number, string MessageId, long Received, string From, string To, byte[] Source);
