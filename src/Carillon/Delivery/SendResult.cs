namespace Carillon.Delivery;

/// <summary>What one try on the wire came to.</summary>
/// <param name="Outcome">What to do with the message now.</param>
/// <param name="Reply">
/// The server's words, codes included, its lines joined by <c>\n</c>; our own sentence when it said nothing.
/// </param>
/// <param name="Code">The reply code with the enhanced code if there was one: <c>250</c>, <c>550 5.1.1</c>. Null without a reply.</param>
public sealed record SendResult(SendOutcome Outcome, string Reply, string? Code);

public enum SendOutcome
{
    /// <summary>The server has taken responsibility for the mail.</summary>
    Sent,
    /// <summary>Surely not sent, and another try may go better: a 4xx, no connection, a connection lost before the end of the mail.</summary>
    Retry,
    /// <summary>Surely not sent, and another try would end the same: a 5xx, or content that this server cannot take.</summary>
    Failed,
    /// <summary>The end of the mail may have reached the server, and its answer did not reach us.</summary>
    Unknown,
}
