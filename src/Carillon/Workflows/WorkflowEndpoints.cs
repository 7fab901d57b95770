using Carillon.Profiles;
using Carillon.Triggers;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary><c>workflows/import_and_start</c> and <c>workflows/start</c>.</summary>
public sealed class WorkflowEndpoints(WorkspaceSource workspace, LaunchWorkflows launches, TimeProvider time)
{
    public async Task<ApiAnswer> ImportAndStart(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var model = workspace.Current;
        var (workflow, entry, refused) = Find(fields, "workflow_id", model);
        if (entry is null) return refused!;
        var database = model.Databases[workflow!.Database];
        if (fields.Int("db_id") is { } named && named != database.Id)
            fields.Refuse($"Parameter 'db_id' is {named}, but workflow {workflow.Id} works on database {database.Id}");

        var request = Read(fields, workflow, entry, model, call);
        var importing = ProfileEndpoints.ReadImport(fields, database);
        if (fields.Error is not null) return fields.Error;
        var (import, wrong) = CheckImport.Run(importing, model, time.GetUtcNow().ToUnixTimeMilliseconds());
        if (import is null) return ProfileEndpoints.ToError(wrong!);

        var outcome = await launches.RunAsync(request with { Import = import }, call.Cancel);
        return outcome.Refusal is { } refusal
            ? ProfileEndpoints.ToError(refusal)
            : ApiAnswer.Ok(("profile_id", outcome.ProfileId)) with { LaunchId = outcome.LaunchId };
    }

    public async Task<ApiAnswer> Start(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var model = workspace.Current;
        var (workflow, entry, refused) = Find(fields, "id", model);
        if (entry is null) return refused!;
        if (fields.Has("custom_request") && !fields.Has("matching"))
            return ApiError.Invalid("Parameter 'custom_request' is not supported by this version; use 'matching'");

        var keys = ProfileEndpoints.ReadKeys(fields);
        var request = Read(fields, workflow!, entry, model, call) with { Filter = TriggerEndpoints.ReadFilter(fields.Inner("subscription_filter")) };
        if (fields.Error is not null) return fields.Error;
        var (match, wrong) = keys.Check(model.Databases[workflow!.Database]);
        if (match is null) return ProfileEndpoints.ToError(wrong!);

        var outcome = await launches.RunAsync(request with { Match = match }, call.Cancel);
        return outcome.Refusal is { } refusal
            ? ProfileEndpoints.ToError(refusal)
            : ApiAnswer.Ok(("data", null)) with { LaunchId = outcome.LaunchId };
    }

    internal static (Workflow? Workflow, Entry? Entry, ApiError? Error) Find(Fields fields, string key, WorkspaceModel model)
    {
        var other = key == "id" ? "workflow_id" : "id";
        if (!fields.Has(key) && fields.Has(other)) fields.Refuse($"Parameter '{key}' is required: this method names the workflow by '{key}', not by '{other}'");
        var id = fields.RequiredInt(key);
        if (fields.Error is not null) return (null, null, fields.Error);
        if (!model.Workflows.TryGetValue(id, out var workflow)) return (null, null, ApiError.NotFound($"There is no workflow {id}"));
        if (!workflow.Active) return (null, null, ApiError.Invalid("Workflow is not active"));
        return Graph.Of(workflow, model).Start is { } entry ? (workflow, entry, null) : (null, null, ApiError.Invalid($"Workflow {id} has no node of type start; only its events take profiles in"));
    }

    /// <summary>The parameters that both methods share.</summary>
    internal static WorkflowRequest Read(Fields fields, Workflow workflow, Entry entry, WorkspaceModel model, ApiCall call) => new()
    {
        Workflow = workflow, Entry = entry, Version = Graph.Of(workflow, model).Version, Content = fields.Object("content"), CustomData = fields.Object("custom_data"),
        Attachments = TriggerEndpoints.ReadAttachments(fields), TokenName = call.TokenName, RequestId = call.RequestId, Once = call.Once,
    };
}
