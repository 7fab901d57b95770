using System.Text.Json.Nodes;
using Carillon.Templates;
using Carillon.Wire;
using Carillon.Workflows.Steps;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary><c>workflows/list</c>, <c>workflows/activate</c>, <c>workflows/deactivate</c>.</summary>
public sealed class ListEndpoints(WorkspaceSource workspace, SwitchWorkflow switching)
{
    public Task<ApiAnswer> List(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var from = fields.Int("from_id") ?? 1;
        var limit = ListAnswer.ReadLimit(fields);
        if (fields.Error is not null) return Task.FromResult<ApiAnswer>(fields.Error);
        var model = workspace.Current;
        var all = Narrowed(fields) ? [] : model.Workflows.Values.OrderBy(workflow => workflow.Id).ToList();
        var page = all.Where(workflow => workflow.Id >= from).Take(limit).ToList();
        return Task.FromResult(ApiAnswer.Ok(
            ("data", new JsonArray([.. page.Select(workflow => (JsonNode)Show(workflow, model))])),
            ("next_from_id", page.Count == 0 ? from : page[^1].Id + 1),
            ("total", all.Count)));
    }

    public async Task<ApiAnswer> Activate(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var (id, empty) = (fields.RequiredInt("id"), fields.Bool("skip_profiles"));
        if (fields.Error is not null) return fields.Error;
        if (!workspace.Current.Workflows.ContainsKey(id)) return ApiError.NotFound($"There is no workflow {id}");
        return await SwitchAsync(id, active: true, empty, call);
    }

    public Task<ApiAnswer> Deactivate(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var id = fields.RequiredInt("id");
        return fields.Error is not null ? Task.FromResult<ApiAnswer>(fields.Error) : SwitchAsync(id, active: false, empty: false, call);
    }

    private async Task<ApiAnswer> SwitchAsync(int id, bool active, bool empty, ApiCall call) =>
        await switching.RunAsync(id, active, call.TokenName, empty, call.Cancel) is { } refusal ? TemplateEndpoints.ToError(refusal) : ApiAnswer.Ok(("data", null));

    /// <summary>Attributes are the original's, too.</summary>
    private static bool Narrowed(Fields fields) => ListAnswer.IsNarrowed(fields) || fields.Object("attributes") is { Count: > 0 };

    private static JsonObject Show(Workflow workflow, WorkspaceModel model) => new()
    {
        ["groups"] = new JsonArray(), ["id"] = workflow.Id, ["is_active"] = workflow.Active, ["list_id"] = workflow.Database,
        ["mode"] = workflow.Reentry == "not_while_inside" ? "skip" : workflow.Reentry, ["name"] = workflow.Name,
        ["nodes"] = new JsonArray([.. Graph.Of(workflow, model).Steps.Values.Select(step => (JsonNode)new JsonObject { ["name"] = step.Name, ["node_id"] = step.Id, ["type"] = OriginalWord(step) })]),
        ["ui_tags"] = new JsonArray(),
    };

    /// <summary>The original's words for the types of nodes, where it has one.</summary>
    private static string OriginalWord(Step step) => step switch
    {
        Entry => "start",
        SendStep => "campaign",
        WaitStep or WaitUntilStep => "delay",
        ConditionStep or SplitStep => "condition",
        WaitEventStep => "feedback",
        StartWorkflowStep => "workflow_jump",
        _ => step.Type,
    };
}
