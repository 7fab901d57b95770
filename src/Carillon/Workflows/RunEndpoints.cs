using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Triggers;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary><c>GET /api/v2/workflows/{id}</c>, <c>GET /api/v2/runs</c> and <c>GET /api/v2/runs/{id}</c>: who is where, and why.</summary>
public sealed class RunEndpoints(RunQueries queries, WorkspaceSource workspace)
{
    private const int MaxRuns = 1000;
    private const int MaxSteps = 10_000;

    public async Task<IResult> GetWorkflow(int id, CancellationToken cancel)
    {
        var model = workspace.Current;
        if (!model.Workflows.TryGetValue(id, out var workflow)) return LaunchEndpoints.Problem(404, $"There is no workflow {id}");
        var graph = Graph.Of(workflow, model);
        var counts = await queries.CountAsync(id, cancel);
        var removed = counts.Keys.Where(node => !graph.Steps.ContainsKey(node)).ToList();
        return Results.Json(new JsonObject
        {
            ["id"] = workflow.Id, ["name"] = workflow.Name, ["db_id"] = workflow.Database, ["active"] = workflow.Active, ["reentry"] = workflow.Reentry,
            ["version"] = graph.Version, ["runs"] = counts.Values.Sum(),
            ["nodes"] = new JsonArray([.. graph.Steps.Values.Select(step => (JsonNode)Show(step, counts.GetValueOrDefault(step.Id)))]),
            ["removed"] = new JsonObject(removed.Select(node => KeyValuePair.Create(node, (JsonNode?)counts[node]))),
        });
    }

    public async Task<IResult> GetRun(string id, CancellationToken cancel)
    {
        var (run, steps) = await queries.FindAsync(id, MaxSteps, cancel);
        if (run is null) return LaunchEndpoints.Problem(404, $"There is no run {ShortText.Cut(id)}");
        var shown = Show(run);
        shown["steps"] = new JsonArray([.. steps.Select(step => (JsonNode)Show(step))]);
        return Results.Json(shown);
    }

    public async Task<IResult> SearchRuns(HttpRequest request, CancellationToken cancel)
    {
        var (search, problem) = ReadSearch(request.Query);
        if (search is null) return LaunchEndpoints.Problem(400, problem);
        var found = await queries.SearchAsync(search, cancel);
        return Results.Json(new JsonObject
        {
            ["runs"] = new JsonArray([.. found.Runs.Select(run => (JsonNode)Show(run))]),
            ["next_before"] = found.NextBefore,
        });
    }

    /// <summary>A step as it is told.</summary>
    public static JsonObject Show(StepRecord step) => new()
    {
        ["number"] = step.Number, ["time"] = Time(step.Time), ["node"] = step.Node, ["type"] = step.Type, ["branch"] = step.Branch,
        ["decision"] = step.Decision, ["message_id"] = step.MessageId, ["version"] = step.Version,
    };

    private static JsonObject Show(Run run) => new()
    {
        ["id"] = run.Id, ["workflow_id"] = run.WorkflowId, ["profile_id"] = run.ProfileId, ["db_id"] = run.DatabaseId, ["launch_id"] = run.LaunchId,
        ["state"] = run.State.Word(), ["node"] = run.Node, ["reason"] = run.Reason, ["run_at"] = run.State == RunState.Inside && run.RunAt < RunStore.Parked ? Time(run.RunAt) : null,
        ["waits_for"] = run.WaitsFor, ["step_count"] = run.Steps, ["created"] = Time(run.Created), ["updated"] = Time(run.Updated),
    };

    private static JsonObject Show(Step step, long runs) => new()
    {
        ["id"] = step.Id, ["type"] = step.Type, ["name"] = step.Name, ["runs"] = runs,
        ["exits"] = new JsonObject(step.Exits.Select(exit => KeyValuePair.Create(exit.Key, (JsonNode?)exit.Value))),
    };

    private static (RunSearch? Search, string Problem) ReadSearch(IQueryCollection query)
    {
        string[] known = ["profile_id", "workflow_id", "state", "node", "before", "limit", "token"];
        if (query.Keys.FirstOrDefault(key => !known.Contains(key)) is { } stray) return (null, $"'{ShortText.Cut(stray)}' is not a condition; known are {string.Join(", ", known[..^1])}");
        string? One(string name) => query.TryGetValue(name, out var values) && values.Count > 0 ? values[0] : null;
        int? Number(string name) => One(name) is { } text ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1 : null;

        var limit = Number("limit") ?? 100;
        if (limit is < 1 or > MaxRuns) return (null, $"'limit' must be between 1 and {MaxRuns}");
        var workflow = Number("workflow_id");
        if (workflow < 0) return (null, "'workflow_id' must be a whole number");
        RunState? state = null;
        if (One("state") is { } word)
        {
            if (!Enum.TryParse<RunState>(word, ignoreCase: true, out var parsed) || char.IsDigit(word.FirstOrDefault())) return (null, $"'state' must be one of {string.Join(", ", Enum.GetValues<RunState>().Select(one => one.Word()))}");
            state = parsed;
        }
        return (new RunSearch { ProfileId = One("profile_id"), WorkflowId = workflow, State = state, Node = One("node"), Before = One("before"), Most = limit }, "");
    }

    private static string Time(long milliseconds) => Moments.Write(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
}
