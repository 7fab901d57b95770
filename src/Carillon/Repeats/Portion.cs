using System.Text.Json.Nodes;

namespace Carillon.Repeats;

/// <summary>Those items of a call that are carried out in one transaction. A call for one item is one portion with one item.</summary>
public sealed record Portion<TItem, TOutcome>(IReadOnlyList<TItem> Items)
{
    /// <summary>The call. When it was carried out before, nothing of the portion is.</summary>
    public Once? Call { get; init; }
    /// <summary>The portion's place in a call with many items: under what its outcomes are kept.</summary>
    public Once? Part { get; init; }
    /// <summary>The whole call's answer, given the outcomes; null when nothing was done that may not be done again, or other portions follow.</summary>
    public required Func<TOutcome[], Kept?> Keep { get; init; }
    /// <summary>Whether an item was carried out; asked where there is a <see cref="Part"/>.</summary>
    public Func<TOutcome, bool> IsDone { get; init; } = static _ => true;
}

/// <summary>What is to be kept of an answer.</summary>
public sealed record Kept(string? LaunchId, params (string Name, JsonNode? Value)[] Members);
