namespace Carillon.Queue;

/// <summary>
/// When to try again: 15 seconds after the first try, then twice as long each time, at most an hour, give or take a fifth,
/// so that messages that failed together do not come back together.
/// </summary>
public static class RetryPolicy
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(15);
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <param name="attempt">How many tries there were, 1 or more.</param>
    /// <param name="dice">From 0 (inclusive) to 1 (exclusive).</param>
    public static TimeSpan Delay(int attempt, double dice)
    {
        var doubled = First * Math.Pow(2, Math.Min(attempt - 1, 20));
        var delay = doubled < Longest ? doubled : Longest;
        return delay * (0.8 + 0.4 * dice);
    }
}
