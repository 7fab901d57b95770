using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Carillon.Queue;

/// <summary>Work that one call asked for and that is done piece by piece afterwards. Times are milliseconds since 1970.</summary>
public sealed record StoredTask
{
    public required short Shard { get; init; }
    public required string Id { get; init; }
    /// <summary>Which of <see cref="TaskKinds"/> works on it.</summary>
    public required string Kind { get; init; }
    /// <summary>The name of the token that asked for it.</summary>
    public required string TokenName { get; init; }
    public required string RequestId { get; init; }
    /// <summary>What its kind needs beside the items.</summary>
    public required JsonObject Terms { get; init; }
    /// <summary>How many items there are; 0 while nobody knows.</summary>
    public long Total { get; init; }
    public long Done { get; init; }
    /// <summary>How many of the done items were refused.</summary>
    public long Failed { get; init; }
    /// <summary>Where the next piece begins: the number of an item, or whatever its kind writes there. Empty at the beginning.</summary>
    public string Cursor { get; init; } = "";
    public TaskState State { get; init; }
    /// <summary>How often it went back to wait because of a fault, since it last came forward.</summary>
    public int Faults { get; init; }
    /// <summary>Why it waits again or failed, for a person.</summary>
    public string Reason { get; init; } = "";
    public required long Created { get; init; }
    public long Updated { get; init; }
}

/// <summary>Where a task is on its way. The numbers are those of the table.</summary>
public enum TaskState { Waiting = 0, Running = 1, Done = 2, Failed = 3 }

/// <summary>What became of one item of a task.</summary>
/// <param name="Index">The item's place in the call, from 0.</param>
/// <param name="Error">0, or the API's number of the error.</param>
public sealed record TaskResult(long Index, int Error, string ErrorText, string? ProfileId)
{
    /// <summary>How many profiles it was done for, where one item means many.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Launched { get; init; }
    /// <summary>Another task that does it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TaskId { get; init; }
}
