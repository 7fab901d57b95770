using Carillon.History;

namespace Carillon.Workflows.Steps;

/// <summary>
/// <c>wait_event</c>: until something happens to the profile, or until the time is over (branch <c>timeout</c>). An event of a message can be
/// narrowed to those that the run itself sent. What happened before the run came here does not count.
/// </summary>
public sealed class WaitEventStep : Step
{
    private static readonly HashSet<string> Verdicts = [EventKinds.Send, EventKinds.Undeliverable, EventKinds.Suppress, EventKinds.Unknown];

    private readonly EventRule _rule;
    private readonly TimeSpan _patience;

    public WaitEventStep(NodeReader node) : base(node)
    {
        _rule = EventRule.Read(node);
        _patience = node.Duration(required: true);
        node.Exit("next");
        node.Exit("timeout");
    }

    /// <summary>The kinds of events it looks at.</summary>
    public IReadOnlyList<string> Kinds => _rule.Kinds;

    /// <summary>Whether an event tells what became of a message.</summary>
    public static bool IsVerdict(string kind) => Verdicts.Contains(kind);

    public bool Takes(Run run, Happening happening) => happening.Time >= (long?)run.Memory.Kept?["since"]
        && (happening.Time <= run.RunAt || run.RunAt == 0) && _rule.Fits(happening, run.Id);

    public override StepResult Run(Turn turn)
    {
        if (turn.Event is { } happened) return new Go("next", $"{_rule.Word} at {Walk.At((long)happened["time"]!)}, told by {happened["kind"]}") { Waited = turn.Now > turn.Since };
        var until = turn.Since + (long)_patience.TotalMilliseconds;
        return turn.Now >= until && !turn.Arrived
            ? new Go("timeout", $"no {_rule.Word} since {Walk.At(turn.Since)}") { Waited = true }
            : new Stay(until, "event:" + _rule.Word, $"waits for {_rule.Word} until {Walk.At(until)}");
    }
}
