namespace Carillon.Queue;

/// <summary>Where a message is on its way. Drawn in docs/states.md; the numbers are those of the table.</summary>
public enum MessageState { Queued = 0, Sending = 1, Sent = 2, Failed = 3, Expired = 4, Skipped = 5, Unknown = 6 }

public static class MessageStates
{
    public static string Word(this MessageState state) => state.ToString().ToLowerInvariant();
}

/// <summary>Lower numbers go first: what a person waits for must not queue behind a bulk sending.</summary>
public enum MessagePriority { Api = 0, Workflow = 1, Bulk = 2 }
