using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Query;

namespace Carillon.Workflows.Steps;

/// <summary>
/// <c>condition</c>: the first of several branches whose filter holds, else <c>else</c>. Filters are those of <c>custom_request</c>, over the
/// profile with its subscriptions, and over <c>apicontent</c>. <c>content_filter</c> is the same over the content alone.
/// </summary>
public sealed class ConditionStep : Step
{
    private const int MaxBranches = 50;

    private readonly bool _contentOnly;
    private readonly List<(string Name, Filter Filter)> _branches = [];

    public ConditionStep(NodeReader node, bool contentOnly) : base(node)
    {
        _contentOnly = contentOnly;
        var fields = contentOnly || node.Database is not { } database ? QueryFields.None : ProfileFields.Of(database);
        foreach (var (index, branch) in node.Maps("branches").Index())
        {
            var name = branch.OptionalText("name", 64) ?? (index + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (name is "else" or "next" || _branches.Exists(other => other.Name == name)) branch.Fail("name", $"the branch {name} stands already here");
            if (FilterReader.Read(branch, "filter", fields) is { } filter) _branches.Add((name, filter));
            else if (!branch.Has("filter")) branch.Fail("filter", "is required");
            branch.Exit("next", name);
            branch.Finish();
        }
        if (_branches.Count is 0 or > MaxBranches) node.Fail("branches", $"give 1 to {MaxBranches} branches with a filter each");
        node.Exit("else");
    }

    public override StepResult Run(Turn turn)
    {
        var lookup = LookupOf(turn);
        foreach (var (name, filter) in _branches)
        {
            if (filter.Matches(lookup)) return new Go(name, $"the filter of {name} holds");
        }
        return new Go("else", "no filter holds");
    }

    private Lookup LookupOf(Turn turn)
    {
        var profile = _contentOnly ? null : ProfileFields.LookupOf(turn.Profile);
        return (string name, out JsonNode? value) =>
        {
            if (name == "apicontent")
            {
                value = turn.Content;
                return true;
            }
            return profile is null ? turn.Content.TryGetPropertyValue(name, out value) : profile(name, out value);
        };
    }
}
