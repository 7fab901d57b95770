using Carillon.Profiles;
using Carillon.Triggers;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary><c>workflows/import_and_start</c> and <c>workflows/start</c>.</summary>
public sealed class WorkflowEndpoints(WorkspaceSource workspace, LaunchWorkflows launches, FindProfiles find, TimeProvider time)
{
    public async Task<ApiAnswer> ImportAndStart(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var model = workspace.Current;
        var (given, refused) = Read(fields, "workflow_id", model, call);
        if (given is null) return refused!;
        (var request, refused) = StartEndpoints.ForImport(fields, given, model, time.GetUtcNow().ToUnixTimeMilliseconds());
        return request is null ? refused! : StartEndpoints.Answer(request, await launches.RunAsync(request, call.Cancel));
    }

    public async Task<ApiAnswer> Start(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var model = workspace.Current;
        var (given, refused) = Read(fields, "id", model, call);
        if (given is null) return refused!;
        (var request, refused) = await StartEndpoints.ForFoundAsync(fields, given, model, find, call.Cancel);
        return request is null ? refused! : StartEndpoints.Answer(request, await launches.RunAsync(request, call.Cancel));
    }

    /// <summary>The workflow that a call names, and the parameters that all of them share.</summary>
    internal static (WorkflowRequest? Request, ApiError? Error) Read(Fields fields, string key, WorkspaceModel model, ApiCall call)
    {
        var other = key == "id" ? "workflow_id" : "id";
        if (!fields.Has(key) && fields.Has(other)) fields.Refuse($"Parameter '{key}' is required: this method names the workflow by '{key}', not by '{other}'");
        var id = fields.RequiredInt(key);
        if (fields.Error is not null) return (null, fields.Error);
        var (request, refusal) = WorkflowRequest.For(id, model, call.TokenName, call.RequestId);
        if (request is null) return (null, ProfileEndpoints.ToError(refusal!));
        return (request with { Content = fields.Object("content"), CustomData = fields.Object("custom_data"), Attachments = TriggerEndpoints.ReadAttachments(fields), Once = call.Once }, null);
    }
}
