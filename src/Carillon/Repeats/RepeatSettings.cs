namespace Carillon.Repeats;

/// <summary>Settings under <c>Api:Deduplication:</c>. Times are in seconds.</summary>
public sealed record RepeatSettings
{
    /// <summary>How long the answer to a call with a <c>Request-ID</c> is kept. Default a day.</summary>
    public int Window { get; init; } = 86_400;

    /// <summary>How long a call without a <c>Request-ID</c> is recognised by its checksum. Default 60; 0 turns it off.</summary>
    public int ImplicitWindow { get; init; } = 60;

    /// <summary>SQLite: how many keys are held in memory (some 40 bytes each). Further ones stand in an index on disk, at a page of the log per call.</summary>
    public int KeysInMemory { get; init; } = 1_000_000;

    /// <summary>What is wrong with the settings, or null.</summary>
    public string? Problem() => this switch
    {
        { Window: < 60 or > 31 * 86_400 } => "Api:Deduplication:Window must be between 60 seconds and 31 days",
        { ImplicitWindow: < 0 or > 31 * 86_400 } => "Api:Deduplication:ImplicitWindow must be between 0 seconds and 31 days",
        { KeysInMemory: < 0 or > 50_000_000 } => "Api:Deduplication:KeysInMemory must be between 0 and 50,000,000",
        _ => null,
    };
}
