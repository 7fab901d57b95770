using Carillon.Profiles;

namespace Carillon.Workflows.Steps;

/// <summary><c>on_import</c>: a profile was imported or updated, by any way or by the API; perhaps only when it is new, or when a filter holds.</summary>
public sealed class OnImportStep : Entry
{
    private readonly bool _newOnly;

    public OnImportStep(NodeReader node) : base(node)
    {
        Kinds = node.Word("source", ["any", "api"], "any") == "any" ? ImportKinds.All : [ImportKinds.Api];
        _newOnly = node.Bool("created");
        node.Exit("next");
    }

    public override IReadOnlyList<string> Kinds { get; }

    public override string? Takes(Happening happening, Profile profile)
    {
        var created = (bool?)happening.Document["created"] == true;
        if (_newOnly && !created) return null;
        return created ? "the profile was created by an import" : "the profile was imported";
    }
}
