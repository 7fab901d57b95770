namespace Carillon.Queue;

/// <summary>What became of a claimed message. <see cref="Next"/> is <see cref="MessageState.Queued"/> when it goes back to wait.</summary>
public sealed record Verdict
{
    public required MessageState Next { get; init; }
    /// <summary>Why, for a person: the server's words, or ours.</summary>
    public required string Reason { get; init; }
    /// <summary>When to try again; only for <see cref="MessageState.Queued"/>. Milliseconds since 1970.</summary>
    public long RunAt { get; init; }
    /// <summary>The try on the wire, if there was one.</summary>
    public Attempt? Attempt { get; init; }
    /// <summary>The sender could not be reached at all: further messages would fare no better just now.</summary>
    public bool SenderUnreachable { get; init; }

    public static Verdict Sent(Attempt attempt) => new() { Next = MessageState.Sent, Reason = attempt.Reply, Attempt = attempt };
    public static Verdict Failed(string reason, Attempt? attempt = null) => new() { Next = MessageState.Failed, Reason = reason, Attempt = attempt };
    public static Verdict Expired(string reason, Attempt? attempt = null) => new() { Next = MessageState.Expired, Reason = reason, Attempt = attempt };
    public static Verdict Skipped(string reason) => new() { Next = MessageState.Skipped, Reason = reason };
    public static Verdict Unknown(string reason, Attempt? attempt = null) => new() { Next = MessageState.Unknown, Reason = reason, Attempt = attempt };
    public static Verdict Retry(string reason, long runAt, Attempt attempt, bool unreachable) =>
        new() { Next = MessageState.Queued, Reason = reason, RunAt = runAt, Attempt = attempt, SenderUnreachable = unreachable };
    /// <summary>Given back untried.</summary>
    public static Verdict Released(string reason, long runAt) => new() { Next = MessageState.Queued, Reason = reason, RunAt = runAt };
    /// <summary>Given back because its sender stops: another queue may take it now.</summary>
    public static Verdict GivenBack(long now) => Released("given back when its sender stopped", now);
}

/// <summary>One try on the wire. Times are milliseconds since 1970.</summary>
public sealed record Attempt(int Number, int SenderId, long Started, long Finished, string Outcome, string Reply);
