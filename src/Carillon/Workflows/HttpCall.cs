namespace Carillon.Workflows;

/// <summary>A request that a run makes to somebody else's server, outside every transaction.</summary>
public sealed record HttpCall
{
    public required string RunId { get; init; }
    public required short Shard { get; init; }
    /// <summary>The number of the step that asked; the answer counts only while the run still waits for it.</summary>
    public required int Step { get; init; }
    public required string Method { get; init; }
    public required Uri Url { get; init; }
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }
    public string? Body { get; init; }
    public required TimeSpan Timeout { get; init; }
    /// <summary>Not begun by then, it is not made: begun later, two could be on their way. Milliseconds since 1970.</summary>
    public required long NotAfter { get; init; }
}
