namespace Carillon.Repeats;

/// <summary>What the room says to the operator. Never an item.</summary>
internal static partial class RepeatsLog
{
    [LoggerMessage(511, LogLevel.Error, "An item of a call with many items failed")]
    public static partial void ItemFailed(ILogger logger, Exception fault);

    [LoggerMessage(512, LogLevel.Error, "The answer of a call could not be kept; the call itself stands")]
    public static partial void AnswerNotKept(ILogger logger, Exception fault);
}
