using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary><c>campaigns/triggers/start_batch</c> and <c>import_and_start_batch</c>, and both as tasks.</summary>
public sealed class BulkTriggerEndpoints(WorkspaceSource workspace, LaunchTriggers launches, TriggerTask tasks, FindProfiles find, ResolveItems resolve, Ids ids, Database database, TimeProvider time)
{
    private readonly BulkLaunchEndpoints<TriggerRequest> _bulk = new(workspace, launches, tasks, resolve, ids, database, time);

    public Task<ApiAnswer> StartBatch(ApiCall call) => RunAsync(call, "trigger_id", kind: null, import: false);

    /// <summary>The one of the four that names the trigger by <c>id</c>.</summary>
    public Task<ApiAnswer> StartBatchTask(ApiCall call) => RunAsync(call, "id", TriggerTask.Start, import: false);

    public Task<ApiAnswer> ImportAndStartBatch(ApiCall call) => RunAsync(call, "trigger_id", kind: null, import: true);

    public Task<ApiAnswer> ImportAndStartBatchTask(ApiCall call) => RunAsync(call, "trigger_id", TriggerTask.ImportAndStart, import: true);

    private async Task<ApiAnswer> RunAsync(ApiCall call, string key, string? kind, bool import)
    {
        var fields = new Fields(call.Body);
        var model = workspace.Current;
        var (trigger, refused) = TriggerEndpoints.FindTrigger(fields, key, model);
        if (trigger is null) return refused!;
        var request = TriggerEndpoints.ReadLaunch(fields, trigger, model, call, time) with
        {
            Priority = MessagePriority.Bulk, Timeout = TriggerEndpoints.ReadTimeout(fields) ?? TriggerEndpoints.Wait(trigger), Filter = TriggerEndpoints.ReadFilter(fields.Inner("subscription_filter")),
        };
        var forAll = !import && StartEndpoints.IsForAll(fields);
        if (forAll && fields.Has("data")) return ApiError.Invalid("Parameters 'data' and 'custom_request': only one of them can say whom to start for");
        if (!forAll || kind is null) return await _bulk.RunAsync(call, fields, request, model, kind, import);

        // Many or few: the task that expands the audience is the task that was asked for.
        (var task, refused) = await StartEndpoints.ForAllAsync(fields, request with { Filter = null, Priority = MessagePriority.Api }, model, find, asTask: true, call.Cancel);
        return task is null ? refused! : StartEndpoints.Answer(task, await launches.RunAsync(task, call.Cancel));
    }
}
