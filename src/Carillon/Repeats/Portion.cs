using System.Text.Json.Nodes;

namespace Carillon.Repeats;

/// <summary>Those items of a call that are carried out in one transaction. A call for one item is one portion with one item.</summary>
public sealed record Portion<TItem, TOutcome>(IReadOnlyList<TItem> Items)
{
    /// <summary>The call. When it was carried out before, nothing of the portion is.</summary>
    public Once? Call { get; init; }
    /// <summary>Where more portions follow: under what the outcomes of this one are kept.</summary>
    public Once? Part { get; init; }
    /// <summary>What is kept, given the outcomes: of the part, else of the whole call. Null when nothing was done that may not be done again.</summary>
    public required Func<TOutcome[], Kept?> Keep { get; init; }
}

/// <summary>What is to be kept of an answer.</summary>
public sealed record Kept(string? LaunchId, params (string Name, JsonNode? Value)[] Members);
