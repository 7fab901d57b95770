using Carillon.Profiles;
using Carillon.Query;

namespace Carillon.Workflows.Steps;

/// <summary><c>on_import</c>: a profile was imported or updated, by any way or by the API; perhaps only when it is new, or when a filter holds.</summary>
public sealed class OnImportStep : Entry
{
    private readonly bool _newOnly;
    private readonly Filter? _filter;

    public OnImportStep(NodeReader node) : base(node)
    {
        Kinds = node.Word("source", ["any", "api"], "any") == "any" ? ImportKinds.All : [ImportKinds.Api];
        _newOnly = node.Bool("created");
        _filter = FilterReader.Read(node, "filter", node.Database is { } database ? ProfileFields.Of(database) : QueryFields.None);
        node.Exit("next");
    }

    public override IReadOnlyList<string> Kinds { get; }

    public override string? Takes(Happening happening, Profile profile)
    {
        var created = (bool?)happening.Document["created"] == true;
        if (_newOnly && !created || _filter?.Matches(ProfileFields.LookupOf(profile)) == false) return null;
        return created ? "the profile was created by an import" : "the profile was imported";
    }
}
