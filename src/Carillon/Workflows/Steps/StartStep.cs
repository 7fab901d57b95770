using Carillon.Profiles;

namespace Carillon.Workflows.Steps;

/// <summary><c>start</c>: profiles come in by a call, by hand, or from another workflow. The original calls it Default.</summary>
public sealed class StartStep : Entry
{
    public StartStep(NodeReader node) : base(node) => node.Exit("next");

    public override IReadOnlyList<string> Kinds { get; } = [Happening.StartWorkflow];

    public override string? Takes(Happening happening, Profile profile) => null;
}
