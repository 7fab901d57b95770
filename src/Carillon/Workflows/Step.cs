namespace Carillon.Workflows;

/// <summary>
/// A node of a graph: its checked settings, and what a run does there. Steps change nothing themselves: they read the turn, put down
/// what they cause, and say what they decided. So a simulated run goes through the same code.
/// </summary>
public abstract class Step(NodeReader node)
{
    public string Id { get; } = node.Id;
    public string Type { get; } = node.Type;
    /// <summary>For people; the id when the node has no name.</summary>
    public string Name { get; } = node.OptionalText("name") ?? node.Id;
    /// <summary>Where each branch leads.</summary>
    public IReadOnlyDictionary<string, string> Exits { get; } = node.Exits;

    public abstract StepResult Run(Turn turn);
}

/// <summary>A node that profiles come in by.</summary>
public abstract class Entry(NodeReader node) : Step(node)
{
    /// <summary>The kinds of events it looks at; none for one that is entered by calls alone.</summary>
    public abstract IReadOnlyList<string> Kinds { get; }

    /// <summary>Looks at them also where the caller asked to skip triggers.</summary>
    public virtual bool EvenQuiet => false;

    /// <summary>Why an event takes the profile in here, or null when it does not.</summary>
    public abstract string? Takes(Happening happening, Profiles.Profile profile);

    public override StepResult Run(Turn turn) => new Go("next", turn.Run.Reason);
}
