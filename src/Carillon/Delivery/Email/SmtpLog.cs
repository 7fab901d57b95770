namespace Carillon.Delivery.Email;

/// <summary>What the sender says to the operator. Addresses and replies (which quote addresses) only at Debug; bodies and passwords never.</summary>
internal static partial class SmtpLog
{
    [LoggerMessage(351, LogLevel.Debug, "Opened a connection to {Host}:{Port}")]
    public static partial void Opened(ILogger logger, string host, int port);

    [LoggerMessage(352, LogLevel.Warning, "No connection to {Host}:{Port}: {Words}")]
    public static partial void NotOpened(ILogger logger, string host, int port, string words);

    [LoggerMessage(353, LogLevel.Debug, "An idle connection to {Host}:{Port} had died, trying another")]
    public static partial void DiedIdle(ILogger logger, string host, int port);

    [LoggerMessage(354, LogLevel.Debug, "Message {MessageId} to {To}: {Outcome}, {Words}")]
    public static partial void Answered(ILogger logger, string messageId, string to, SendOutcome outcome, string words);
}
