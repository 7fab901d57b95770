using System.Text.Json.Serialization;

namespace Carillon.Queue;

/// <summary>How far a launch to everyone whom a filter finds has come.</summary>
/// <param name="Found">How many profiles match so far.</param>
/// <param name="Skipped">How many of them have no usable subscription.</param>
/// <param name="TaskId">The task that expands it; null where all was done at once.</param>
/// <param name="State"><c>expanding</c>, <c>complete</c>, <c>stopped</c> (nobody else may be launched to any more) or <c>failed</c>.</param>
public sealed record LaunchAudience(long Found, long Skipped, string? TaskId, string State)
{
    /// <summary>Why it ended before its end, for a person.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }
}
