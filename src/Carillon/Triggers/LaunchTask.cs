using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>Starts something for many as a task: stores it, and does its pieces.</summary>
public abstract class LaunchTask<TRequest>(Database database, AnswerStore answers, TaskQueue queue, WorkspaceSource workspace, LaunchInBatches<TRequest> launches, TimeProvider time)
    where TRequest : LaunchRequest
{
    /// <summary>Returns the task when it is on disk, and with it the launch that its items share; null for a repeat.</summary>
    /// <param name="kind">One of the task's own.</param>
    public async Task<StoredTask?> EnqueueAsync(string kind, BulkLaunch<TRequest> call, IReadOnlyList<BulkItem> items, Once? once, CancellationToken cancel)
    {
        var (common, launch, terms) = (call.Common, call.Launch, call.ToTerms());
        Write(common, terms);
        var task = queue.New(kind, common.TokenName, common.RequestId, terms, items.Count);
        var stored = await database.WriteAsync(async session =>
        {
            var batch = await answers.OpenAsync(session, [once], cancel);
            if (batch.IsRepeat(once)) return false;
            await LaunchStore.InsertAsync(session, [launch], cancel);
            await TaskStore.InsertAsync(session, task, items.Select(item => item.ToJson()), cancel);
            batch.Keep(once, launch.Id, ("data", new JsonObject { ["task_id"] = task.Id }));
            await batch.WriteAsync(session, cancel);
            return true;
        }, cancel);
        if (!stored) return null;
        queue.Wake(task);
        return task;
    }

    /// <summary>A turn of the task.</summary>
    public async Task<TaskStep> RunAsync(Session session, TaskTurn turn, CancellationToken cancel)
    {
        var task = turn.Task;
        var first = task.Cursor.Length == 0 ? 0 : long.Parse(task.Cursor, CultureInfo.InvariantCulture);
        var items = (await TaskStore.ReadItemsAsync(session, task, first, turn.Most, cancel)).ConvertAll(item => BulkItem.FromJson(item!));
        var (model, now) = (await workspace.StoredAsync(session, cancel), Now());
        var (call, refusal) = await LoadAsync(session, turn, items, model, cancel);
        List<TRequest> requests = call is null ? [] : items.ConvertAll(item => call.Check(item, model, now));
        IReadOnlyList<LaunchOutcome> outcomes = call is null
            ? items.ConvertAll(_ => LaunchOutcome.Refused(refusal!))
            : await launches.RunAsync(session, requests, cancel);
        var next = first + items.Count;
        return new TaskStep
        {
            Cursor = next < task.Total ? next.ToString(CultureInfo.InvariantCulture) : null,
            Done = items.Count,
            Results = [.. BulkEndpoints.Results(outcomes.Select(outcome => (outcome.ProfileId, outcome.Refusal)), first)
                .Zip(outcomes, (result, outcome) => result with { Launched = outcome.Audience?.Count, TaskId = outcome.Task?.Id })],
            Committed = () => launches.Committed(requests, outcomes),
        };
    }

    /// <summary>The call, or why its items cannot be started any more.</summary>
    private async Task<(BulkLaunch<TRequest>? Call, Refusal? Refusal)> LoadAsync(Session session, TaskTurn turn, List<BulkItem> items, WorkspaceModel model, CancellationToken cancel)
    {
        if (turn.Fault is not null) return (null, Refusal.Fault("Internal service error"));
        var launch = (await LaunchStore.LoadAsync(session, database, [(string)turn.Task.Terms["launch_id"]!], cancel)).Single();
        // Items with a content of their own have launches of their own, with the call's files.
        if (launch.AttachmentCount > 0 && items.Exists(item => item is { HasOwn: true, Attachments: null }))
            launch = launch with { Attachments = await LaunchStore.LoadAttachmentsAsync(session, launch, cancel) };
        var terms = turn.Task.Terms;
        var (common, refusal) = Read(turn.Task, new SharedLaunch(launch, stored: true), model, Now());
        if (common is null) return (null, refusal);
        return (new BulkLaunch<TRequest>
        {
            Common = common, Database = model.Databases[common.DatabaseId], SkipInvalidSubscriptions = (bool)terms["skip_invalid_subscriptions"]!,
            DetectGeo = (bool)terms["detect_geo"]!, SkipTriggers = (bool?)terms["skip_triggers"] == true,
        }, null);
    }

    /// <summary>Writes down what the kind must know beside what all have in common.</summary>
    protected virtual void Write(TRequest common, JsonObject terms)
    {
    }

    /// <summary>The call as it was stored, on the workspace of today; or why none of it may be started any more.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    protected abstract (TRequest? Common, Refusal? Refusal) Read(StoredTask task, SharedLaunch launch, WorkspaceModel model, long now);

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
