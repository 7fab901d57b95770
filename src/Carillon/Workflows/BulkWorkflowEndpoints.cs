using Carillon.Storage;
using Carillon.Triggers;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary><c>workflows/import_and_start_batch</c>, and the same as a task.</summary>
public sealed class BulkWorkflowEndpoints(WorkspaceSource workspace, LaunchWorkflows launches, WorkflowTask tasks, ResolveItems resolve, Ids ids, Database database, TimeProvider time)
{
    private readonly BulkLaunchEndpoints<WorkflowRequest> _bulk = new(workspace, launches, tasks, resolve, ids, database, time);

    public Task<ApiAnswer> ImportAndStartBatch(ApiCall call) => RunAsync(call, kind: null);

    public Task<ApiAnswer> ImportAndStartBatchTask(ApiCall call) => RunAsync(call, WorkflowTask.ImportAndStart);

    private async Task<ApiAnswer> RunAsync(ApiCall call, string? kind)
    {
        var fields = new Fields(call.Body);
        var model = workspace.Current;
        var (request, refused) = WorkflowEndpoints.Read(fields, "workflow_id", model, call);
        return request is null ? refused! : await _bulk.RunAsync(call, fields, request, model, kind, import: true);
    }
}
