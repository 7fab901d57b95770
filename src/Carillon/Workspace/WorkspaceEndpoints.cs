using System.Text.Json.Nodes;
using Carillon.Wire;

namespace Carillon.Workspace;

/// <summary><c>databases/list</c>, <c>databases/get</c>, <c>resources/list</c>, <c>resources/get</c>.</summary>
public sealed class WorkspaceEndpoints(WorkspaceSource workspace)
{
    private const int MaxLimit = 1000;

    // Groups and ui_tags are the original's access groups and labels; there are none here, and clients expect the keys.
    public Task<ApiAnswer> DatabasesList(ApiCall call) => List(call, workspace.Current.Databases, database => new JsonObject
    {
        ["Groups"] = new JsonArray(), ["id"] = database.Id, ["name"] = database.Name, ["ui_tags"] = new JsonArray(),
    });

    public Task<ApiAnswer> ResourcesList(ApiCall call) => List(call, workspace.Current.Resources, resource => new JsonObject
    {
        ["groups"] = new JsonArray(), ["id"] = resource.Id, ["name"] = resource.Name,
    });

    public Task<ApiAnswer> DatabasesGet(ApiCall call) => Get(call, "database", workspace.Current.Databases, database => new JsonObject
    {
        ["description"] = database.Description, ["id"] = database.Id, ["name"] = database.Name, ["suppress_id"] = 0,
    });

    public Task<ApiAnswer> ResourcesGet(ApiCall call) => Get(call, "resource", workspace.Current.Resources, resource => new JsonObject
    {
        ["channels"] = new JsonArray([.. resource.Channels.Keys.Order().Select(channel => (JsonNode)channel)]),
        ["dbs_ids"] = new JsonArray([.. resource.Databases.Select(id => (JsonNode)id)]),
        ["id"] = resource.Id, ["name"] = resource.Name, ["trk_domain"] = "", ["url"] = resource.Url,
    });

    private static Task<ApiAnswer> List<T>(ApiCall call, IReadOnlyDictionary<int, T> objects, Func<T, JsonObject> show)
    {
        var fields = new Fields(call.Body);
        var from = fields.Int("from_id") ?? 1;
        var limit = fields.Int("limit") ?? MaxLimit;
        if (limit is < 1 or > MaxLimit) fields.Refuse($"Parameter 'limit' must be between 1 and {MaxLimit}");
        if (fields.Error is not null) return Task.FromResult<ApiAnswer>(fields.Error);
        var page = objects.Where(pair => pair.Key >= from).OrderBy(pair => pair.Key).Take(limit).ToList();
        return Task.FromResult(ApiAnswer.Ok(
            ("data", new JsonArray([.. page.Select(pair => (JsonNode)show(pair.Value))])),
            ("next_from_id", page.Count == 0 ? from : page[^1].Key + 1),
            ("total_count", objects.Count)));
    }

    private static Task<ApiAnswer> Get<T>(ApiCall call, string what, IReadOnlyDictionary<int, T> objects, Func<T, JsonObject> show)
    {
        var fields = new Fields(call.Body);
        var id = fields.RequiredInt("id");
        if (fields.Error is not null) return Task.FromResult<ApiAnswer>(fields.Error);
        return Task.FromResult(objects.TryGetValue(id, out var found) ? ApiAnswer.Ok(("data", show(found))) : ApiError.NotFound($"There is no {what} {id}"));
    }
}
