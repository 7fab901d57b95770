using System.Text.Json.Nodes;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary><c>databases/fields_get</c>: the system fields, which profiles own, and a database's custom ones.</summary>
public sealed class FieldEndpoints(WorkspaceSource workspace)
{
    public Task<ApiAnswer> FieldsGet(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var id = fields.Int("id") ?? fields.Int("db_id");
        if (id is null) fields.Refuse("Parameter 'id' is required");
        if (fields.Error is not null) return Task.FromResult<ApiAnswer>(fields.Error);
        if (!workspace.Current.Databases.TryGetValue(id!.Value, out var database)) return Task.FromResult<ApiAnswer>(ApiError.NotFound($"There is no database {id}"));
        var items = new JsonArray();
        foreach (var (name, type) in SystemFields.All) items.Add((JsonNode)Item("system", name, type, unique: name == "email", indexed: name is "email" or "phones"));
        foreach (var field in database.Fields.Values) items.Add((JsonNode)Item("custom", field.Name, field.Type.ToString().ToLowerInvariant(), field.Unique, field.Matchable));
        return Task.FromResult(ApiAnswer.Ok(("data", items)));
    }

    private static JsonObject Item(string category, string name, string type, bool unique, bool indexed) => new()
    {
        ["category"] = category, ["indexed"] = indexed, ["name"] = name, ["required"] = false, ["title"] = name, ["type"] = type, ["unique"] = unique,
    };
}
