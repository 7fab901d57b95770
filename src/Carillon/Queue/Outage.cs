namespace Carillon.Queue;

/// <summary>
/// What the verdicts of a sender tell about whether it can be reached: when nobody answered lately, one message at a time tries, each
/// some time after the try before, and later the more there were. A verdict without a try (the message had expired, nobody wanted it
/// any more) tells nothing, so what follows it is taken at once, and twice as much each time. Safe for many threads.
/// </summary>
/// <param name="connections">Those of the sender, in this process.</param>
/// <param name="window">The window of the queue: so many messages are claimed at most.</param>
public sealed class Outage(int connections, int window, TimeProvider time)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private int _unreachable;
    private int _untried;
    private long _tried;

    /// <summary>Nobody answered at the last tries, one for each connection.</summary>
    public bool Lasts => Volatile.Read(ref _unreachable) >= connections;

    /// <summary>How many messages may be taken while it lasts.</summary>
    public int Most => Math.Clamp(Volatile.Read(ref _untried), 1, window);

    /// <summary>What is left of the pause after the last try; nothing, when it is over.</summary>
    public TimeSpan Pause()
    {
        var pause = TimeSpan.FromSeconds(Volatile.Read(ref _unreachable) / 4 + 1);
        var left = (pause < LongestPause ? pause : LongestPause) - time.GetElapsedTime(Interlocked.Read(ref _tried));
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    public void Hear(Verdict verdict)
    {
        if (verdict.SenderUnreachable)
        {
            Interlocked.Exchange(ref _tried, time.GetTimestamp());
            Volatile.Write(ref _untried, 0);
            Interlocked.Increment(ref _unreachable);
        }
        else if (verdict.Attempt is not null) Volatile.Write(ref _unreachable, 0);
        else Interlocked.Increment(ref _untried);
    }
}
