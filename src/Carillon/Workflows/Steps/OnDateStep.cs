using Carillon.Profiles;

namespace Carillon.Workflows.Steps;

/// <summary><c>on_date</c>: a date of the profile has come, or is so many days away or past; a <c>yearly</c> one each year.</summary>
public sealed class OnDateStep : Entry
{
    public OnDateStep(NodeReader node) : base(node)
    {
        Rule = DateRule.Read(node);
        if (Rule is null) node.Fail("field", "is required");
        node.Exit("next");
    }

    public DateRule? Rule { get; }

    /// <summary>Those that may set a date; whom it is for is decided by <see cref="DateStarts"/>.</summary>
    public override IReadOnlyList<string> Kinds => ImportKinds.Changes;

    /// <summary>A date comes, however it was set.</summary>
    public override bool EvenQuiet => true;

    public override string? Takes(Happening happening, Profile profile) => null;
}
