using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>Starts a trigger mailing for many as a task: stores it, and does its pieces.</summary>
public sealed class LaunchTask(Database database, AnswerStore answers, TaskQueue queue, WorkspaceSource workspace, LaunchTriggers launches, TimeProvider time)
{
    public const string Start = "start_batch";
    public const string ImportAndStart = "import_and_start_batch";

    /// <summary>Returns the task when it is on disk, and with it the launch that its items share; null for a repeat.</summary>
    /// <param name="kind">One of the constants above.</param>
    public async Task<StoredTask?> EnqueueAsync(string kind, BulkLaunch call, IReadOnlyList<BulkItem> items, Once? once, CancellationToken cancel)
    {
        var (common, launch) = (call.Common, call.Common.Shared!.Launch);
        var task = queue.New(kind, common.TokenName, common.RequestId, call.ToTerms(), items.Count);
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
        var (call, refusal) = await LoadAsync(session, turn, items, cancel);
        var (model, now) = (workspace.Current, Now());
        List<LaunchRequest> requests = call is null ? [] : items.ConvertAll(item => call.Check(item, model, now));
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
    private async Task<(BulkLaunch? Call, Refusal? Refusal)> LoadAsync(Session session, TaskTurn turn, List<BulkItem> items, CancellationToken cancel)
    {
        if (turn.Fault is not null) return (null, Refusal.Fault("Internal service error"));
        var launch = (await LaunchStore.LoadAsync(session, database, [(string)turn.Task.Terms["launch_id"]!], cancel)).Single();
        // Items with a content of their own have launches of their own, with the call's files.
        if (launch.AttachmentCount > 0 && items.Exists(item => item is { HasOwn: true, Attachments: null }))
            launch = launch with { Attachments = await LaunchStore.LoadAttachmentsAsync(session, launch, cancel) };
        return BulkLaunch.FromTask(turn.Task, launch, workspace.Current, Now());
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
