using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Workspace;

namespace Carillon.Workflows.Steps;

/// <summary><c>on_field</c>: a field changed; with <c>value</c>, only when it has reached it (of tags: has it).</summary>
public sealed class OnFieldStep : Entry
{
    private readonly string _field;
    private readonly string? _value;

    public OnFieldStep(NodeReader node) : base(node)
    {
        _field = node.Text("field");
        _value = node.OptionalText("value");
        if (node.Workspace is { } all && all.Databases.TryGetValue(node.Workflow.Database, out ProfileDatabase? database)
            && !database.Fields.ContainsKey(_field) && !SystemFields.All.Any(field => field.Name == _field))
            node.Fail("field", $"database {database.Id} has no field '{_field}'");
        node.Exit("next");
    }

    public override IReadOnlyList<string> Kinds => ImportKinds.Changes;

    public override string? Takes(Happening happening, Profile profile)
    {
        // As it was when it happened: the profile may have moved on.
        var value = (happening.Document["values"] as JsonObject ?? profile.Fields)[_field];
        var changed = happening.Document["changed"] is JsonArray names ? names.Any(name => (string?)name == _field) : (bool?)happening.Document["created"] == true && value is not null;
        if (!changed) return null;
        return _value is null ? $"the field {_field} changed" : Has(value) ? $"the field {_field} reached {_value}" : null;
    }

    private bool Has(JsonNode? value) => value is JsonArray items ? items.Any(Has) : NodeReader.Scalar(value) == _value;
}
