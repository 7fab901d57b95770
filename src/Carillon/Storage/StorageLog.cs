namespace Carillon.Storage;

/// <summary>What the store says to the operator. Never a row.</summary>
internal static partial class StorageLog
{
    [LoggerMessage(501, LogLevel.Error, "What follows a commit failed; the commit itself stands")]
    public static partial void ListenerFailed(ILogger logger, Exception fault);
}
