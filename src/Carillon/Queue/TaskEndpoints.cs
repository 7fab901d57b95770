using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Wire;

namespace Carillon.Queue;

/// <summary><c>tasks/status</c>.</summary>
public sealed class TaskEndpoints(Database database)
{
    /// <summary>The most results of an answer.</summary>
    private const int MaxResults = 10_000;

    public async Task<ApiAnswer> Status(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var (id, first, most) = (fields.RequiredText("task_id"), (long)(fields.Int("from_id") ?? 0), fields.Int("limit") ?? MaxResults);
        if (first < 0) fields.Refuse("Parameter 'from_id' must be the number of an item, from 0");
        if (most is < 1 or > MaxResults) fields.Refuse($"Parameter 'limit' must be between 1 and {MaxResults}");
        if (fields.Error is not null) return fields.Error;
        return await database.ReadAsync(async session =>
        {
            var task = await TaskStore.FindAsync(session, database, id, call.Cancel);
            if (task is null) return ApiError.NotFound($"There is no task {ShortText.Cut(id)}");
            return Show(task, await TaskStore.ReadResultsAsync(session, task, first, most, call.Cancel), first + most);
        }, call.Cancel);
    }

    /// <summary>What was asked for is answered when it is accepted.</summary>
    public static ApiAnswer Accepted(StoredTask task) => ApiAnswer.Ok(("data", new JsonObject { ["task_id"] = task.Id }));

    /// <summary>The number, the sentence and whom it is about; as bulk calls answer them too.</summary>
    public static JsonObject Show(TaskResult result)
    {
        var shown = new JsonObject { ["index"] = result.Index, ["error"] = result.Error, ["error_text"] = result.Error == 0 ? ApiAnswer.Success : result.ErrorText };
        if (result.ProfileId is not null) shown["profile_id"] = result.ProfileId;
        if (result.Launched is { } launched) shown["launched"] = launched;
        if (result.TaskId is not null) shown["task_id"] = result.TaskId;
        return shown;
    }

    private static ApiAnswer Show(StoredTask task, List<TaskResult> results, long next)
    {
        var shown = new JsonObject
        {
            ["task_id"] = task.Id, ["status"] = Word(task.State), ["progress"] = Progress(task),
            ["result"] = new JsonObject
            {
                ["type"] = task.Kind, ["source_id"] = task.Terms["source_id"]?.DeepClone(), ["total"] = task.Total, ["done"] = task.Done, ["failed"] = task.Failed,
                ["errors"] = new JsonArray([.. results.Where(result => result.Error != 0).Select(result => (JsonNode)Show(result))]),
                ["items"] = new JsonArray([.. results.Select(result => (JsonNode)Show(result))]),
                ["urls"] = new JsonArray(),
            },
        };
        if (task.Reason.Length > 0) shown["reason"] = task.Reason;
        // There may be more, now or later.
        if (next < task.Total) shown["next_from_id"] = next;
        return ApiAnswer.Ok(("data", shown));
    }

    /// <summary>In percent; a task whose end nobody knows yet stands at 0.</summary>
    private static long Progress(StoredTask task)
    {
        if (task.State == TaskState.Done) return 100;
        return task.Total == 0 ? 0 : Math.Min(99, task.Done * 100 / task.Total);
    }

    /// <summary>The original's word is known for the good end only.</summary>
    private static string Word(TaskState state) => state switch { TaskState.Done => "completed", _ => state.ToString().ToLowerInvariant() };
}
