using System.Text.Json.Nodes;
using Carillon.Wire;

namespace Carillon.Workspace;

/// <summary><c>databases/list</c>, <c>databases/get</c>, <c>resources/list</c>, <c>resources/get</c>, <c>senders/list</c>.</summary>
public sealed class WorkspaceEndpoints(WorkspaceSource workspace)
{
    // Groups and ui_tags are the original's access groups and labels; there are none here, and clients expect the keys.
    public Task<ApiAnswer> DatabasesList(ApiCall call) => List(call, workspace.Current.Databases, database => new JsonObject
    {
        ["Groups"] = new JsonArray(), ["id"] = database.Id, ["name"] = database.Name, ["ui_tags"] = new JsonArray(),
    });

    public Task<ApiAnswer> ResourcesList(ApiCall call) => List(call, workspace.Current.Resources, resource => new JsonObject
    {
        ["groups"] = new JsonArray(), ["id"] = resource.Id, ["name"] = resource.Name,
    });

    public Task<ApiAnswer> SendersList(ApiCall call) => List(call, workspace.Current.Senders, sender => new JsonObject
    {
        ["channel"] = sender.Channel, ["id"] = sender.Id, ["name"] = sender.Name, ["type"] = sender.Type,
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
        return Task.FromResult(ListAnswer.Of(fields, ListAnswer.IsNarrowed(fields) ? [] : objects, show));
    }

    private static Task<ApiAnswer> Get<T>(ApiCall call, string what, IReadOnlyDictionary<int, T> objects, Func<T, JsonObject> show)
    {
        var fields = new Fields(call.Body);
        var id = fields.RequiredInt("id");
        if (fields.Error is not null) return Task.FromResult<ApiAnswer>(fields.Error);
        return Task.FromResult(objects.TryGetValue(id, out var found) ? ApiAnswer.Ok(("data", show(found))) : ApiError.NotFound($"There is no {what} {id}"));
    }
}
