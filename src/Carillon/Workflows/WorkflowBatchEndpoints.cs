using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary><c>workflows/import_and_start_batch</c>: each item as if it came alone; one that is refused stops no other.</summary>
public sealed class WorkflowBatchEndpoints(WorkspaceSource workspace, LaunchWorkflows launches, TimeProvider time)
{
    private const int MaxItems = 10_000;

    /// <summary>So many items at once are in line for the group commit, that single calls come in between.</summary>
    private const int Portion = 200;

    /// <summary>What the root gives for all items.</summary>
    private static readonly string[] Shared = ["matching", "field_name", "resource_id", "skip_triggers", "skip_invalid_subscriptions", "detect_geo"];

    public async Task<ApiAnswer> ImportAndStartBatch(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var model = workspace.Current;
        var (workflow, entry, refused) = WorkflowEndpoints.Find(fields, "workflow_id", model);
        if (entry is null) return refused!;
        var common = WorkflowEndpoints.Read(fields, workflow!, entry, model, call) with { Once = null };
        var items = fields.Items("data");
        if (items.Count == 0) fields.Refuse("Parameter 'data' is required: an array with an item for each profile");
        if (items.Count > MaxItems) fields.Refuse($"Parameter 'data' holds {items.Count} items; a call may hold {MaxItems}");
        if (fields.Error is not null) return fields.Error;

        List<WorkflowOutcome> outcomes = [];
        foreach (var portion in items.Index().Chunk(Portion))
            outcomes.AddRange(await Task.WhenAll(portion.Select(item => RunAsync(item.Item, item.Index, fields.Raw, common, model))));
        return Answer(outcomes);
    }

    private async Task<WorkflowOutcome> RunAsync(JsonNode? item, int index, JsonObject root, WorkflowRequest common, WorkspaceModel model)
    {
        if (item is not JsonObject given) return WorkflowOutcome.Refused(Refusal.Invalid($"Parameter 'data[{index}]' must be an object"));
        var fields = new Fields(Completed(given, root), $"data[{index}].");
        var importing = ProfileEndpoints.ReadImport(fields, model.Databases[common.Workflow.Database]);
        var content = fields.Has("content") ? fields.Object("content") : common.Content;
        if (fields.Error is not null) return WorkflowOutcome.Refused(Refusal.Invalid(fields.Error.Text));
        var (import, wrong) = CheckImport.Run(importing, model, time.GetUtcNow().ToUnixTimeMilliseconds());
        return import is null ? WorkflowOutcome.Refused(wrong!) : await launches.RunAsync(common with { Import = import, Content = content }, CancellationToken.None);
    }

    /// <summary>A profile, or <c>data</c> that holds one with more beside it. What the item does not say the call says.</summary>
    private static JsonObject Completed(JsonObject item, JsonObject root)
    {
        var completed = item["data"] is JsonObject ? (JsonObject)item.DeepClone() : new JsonObject { ["data"] = item.DeepClone() };
        foreach (var name in Shared.Where(name => completed[name] is null && root[name] is not null)) completed[name] = root[name]!.DeepClone();
        return completed;
    }

    private static ApiAnswer Answer(List<WorkflowOutcome> outcomes)
    {
        var answer = ApiAnswer.Ok(("result", new JsonArray([.. outcomes.Where(outcome => outcome.Refusal is null).Select(outcome => (JsonNode)new JsonObject { ["profile_id"] = outcome.ProfileId })])));
        var errors = outcomes.Index().Where(one => one.Item.Refusal is not null).Select(one => (JsonNode)new JsonObject
        {
            ["index"] = one.Index, ["error"] = ProfileEndpoints.ToError(one.Item.Refusal!).Code, ["error_text"] = one.Item.Refusal!.Text,
        }).ToArray();
        if (errors.Length > 0) answer.Members["errors"] = new JsonArray(errors);
        return answer with { LaunchId = outcomes.Find(outcome => outcome.LaunchId is not null)?.LaunchId };
    }
}
