using System.Text.Json.Nodes;

namespace Carillon.Workflows;

/// <summary>What a step decided, and why.</summary>
public abstract record StepResult(string Why);

/// <summary>On, by a branch; where the node has none of that name, by <c>next</c>; where it has neither, the run is at its end.</summary>
public sealed record Go(string Branch, string Why) : StepResult(Why)
{
    /// <summary>Time has passed here: a loop through this node does not hurry.</summary>
    public bool Waited { get; init; }
}

/// <summary>Stays at the node until a moment, or until what it waits for happens.</summary>
/// <param name="Until">Milliseconds since 1970.</param>
/// <param name="WaitsFor">Empty for time alone.</param>
/// <param name="Keep">What the step wants to find again.</param>
public sealed record Stay(long Until, string WaitsFor, string Why, JsonObject? Keep = null) : StepResult(Why);

/// <summary>Stays at the node until this process has a hand free to call outside; then the step is asked again. It is no step.</summary>
public sealed record Park(string Why) : StepResult(Why);

/// <summary>The run is over.</summary>
public sealed record End(RunState State, string Why) : StepResult(Why);

/// <summary>Must know who owns these contacts before it can decide; it is asked again when they are looked up. Nothing is written down.</summary>
public sealed record Need(IReadOnlyList<Profiles.ContactKey> Contacts) : StepResult("");
