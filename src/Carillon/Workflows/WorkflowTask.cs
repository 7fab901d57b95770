using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;
using Carillon.Triggers;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>The task that engages many in a workflow.</summary>
public sealed class WorkflowTask(Database database, AnswerStore answers, TaskQueue queue, WorkspaceSource workspace, LaunchWorkflows launches, TimeProvider time)
    : LaunchTask<WorkflowRequest>(database, answers, queue, workspace, launches, time)
{
    public const string ImportAndStart = "workflow_import_and_start_batch";

    protected override (WorkflowRequest? Common, Refusal? Refusal) Read(StoredTask task, SharedLaunch launch, WorkspaceModel model, long now)
    {
        var (request, refusal) = WorkflowRequest.For((int)task.Terms["source_id"]!, model, task.TokenName, task.RequestId);
        return (request is null ? null : request with { Shared = launch }, refusal);
    }
}
