using Carillon.Profiles;

namespace Carillon.Workflows.Steps;

/// <summary><c>on_event</c>: something became of a message, somebody unsubscribed or complained, or another workflow began or ended with the profile.</summary>
public sealed class OnEventStep : Entry
{
    private readonly EventRule _rule;

    public OnEventStep(NodeReader node) : base(node)
    {
        _rule = EventRule.Read(node);
        if (_rule.OwnMessages) node.Fail("own_messages", "a run that has not begun has no messages");
        node.Exit("next");
    }

    public override IReadOnlyList<string> Kinds => _rule.Kinds;

    public override string? Takes(Happening happening, Profile profile) => _rule.Fits(happening, null) ? $"the event {_rule.Word}" : null;
}
