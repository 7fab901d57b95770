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

    /// <summary>None: the dates are looked for (<see cref="DateStarts"/>).</summary>
    public override IReadOnlyList<string> Kinds => [];

    public override string? Takes(Happening happening, Profile profile) => null;
}
