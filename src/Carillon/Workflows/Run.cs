using System.Text.Json.Nodes;
using Carillon.Triggers;

namespace Carillon.Workflows;

/// <summary>One profile's way through a workflow. Times are milliseconds since 1970.</summary>
public sealed record Run
{
    public required short Shard { get; init; }
    public required string Id { get; init; }
    public required int WorkflowId { get; init; }
    public required string ProfileId { get; init; }
    public required int DatabaseId { get; init; }
    /// <summary>The launch that took the profile in.</summary>
    public required string LaunchId { get; init; }
    /// <summary>The launch that holds its content, which HTTP answers add to.</summary>
    public required string ContentId { get; init; }
    public RunState State { get; init; }
    /// <summary>Where it is, or was at the end.</summary>
    public required string Node { get; init; }
    /// <summary>When it goes on at the latest.</summary>
    public required long RunAt { get; init; }
    /// <summary>What lets it go on sooner; empty for time alone.</summary>
    public string WaitsFor { get; init; } = "";
    /// <summary>How many steps it made; the number of the last one.</summary>
    public int Steps { get; init; }
    /// <summary>How many of them since it last waited for time to pass.</summary>
    public int Hurried { get; init; }
    /// <summary>Why it is where it is, for a person.</summary>
    public string Reason { get; init; } = "";
    public required long Created { get; init; }
    public required long Updated { get; init; }
    public RunMemory Memory { get; init; } = RunMemory.Empty;
}

public enum RunState { Inside = 0, Finished = 1, Failed = 2, Removed = 3 }

public static class RunStates
{
    public static string Word(this RunState state) => state.ToString().ToLowerInvariant();
}

/// <summary>What a run keeps between two turns.</summary>
public sealed record RunMemory
{
    public static readonly RunMemory Empty = new();

    /// <summary>What the node put down when the run began to wait there, with the node's <c>type</c> and <c>since</c>; null on arrival.</summary>
    public JsonObject? Kept { get; init; }
    /// <summary>What ended the wait: <c>kind</c>, <c>time</c>, <c>message_id</c> and the event's own members.</summary>
    public JsonObject? Event { get; init; }
    /// <summary>Which subscription the call asked for.</summary>
    public SubscriptionFilter? Filter { get; init; }
}
