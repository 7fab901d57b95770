using System.Text.Json.Nodes;
using Carillon.Commands;
using Carillon.History;
using Carillon.Tests.Harness;
using Carillon.Workflows;
using Carillon.Workspace;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Workflows;

/// <summary>Short ways to talk about workflows and their runs.</summary>
internal static class Runs
{
    /// <summary>The workflow that tests write their graphs for.</summary>
    public const int Workflow = 50;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Sets workflow 50 of database 1 to a graph; the other objects are those of the usual workspace.</summary>
    public static Task WorkflowAsync(this CarillonApp app, string nodes, string more = "", int id = Workflow) => app.ApplyAsync(Yaml(nodes, more, id));

    /// <summary>The same, without looking at the graph: as an older version may have left it.</summary>
    public static async Task OldWorkflowAsync(this CarillonApp app, string nodes, string more = "")
    {
        var parsed = WorkspaceFile.Parse(Yaml(nodes, more, Workflow), Apply.CheckTemplate);
        (await new ApplyWorkspace(app.Database, (_, _) => [], app.Clock).RunAsync(parsed.File!, CancellationToken.None)).Errors.ShouldBeEmpty();
        await app.Services.GetRequiredService<WorkspaceSource>().RefreshIfChangedAsync(CancellationToken.None);
    }

    private static string Yaml(string nodes, string more, int id) => $$"""
        workflows:
          - id: {{id}}
            name: Tested {{id}}
            database: 1
            active: true
            {{more}}
            nodes:
        {{string.Join('\n', nodes.Trim().Split('\n').Select(line => "      " + line.Trim()))}}
        """;

    /// <summary>Imports a profile with a subscription to resource 21 and engages it.</summary>
    public static Task<Answer> EngageAsync(this CarillonApp app, string email, string more = "{}", int workflow = Workflow)
    {
        var body = Requests.Json(more);
        body["workflow_id"] = workflow;
        body["data"] ??= new JsonObject { ["email"] = email, ["_fname"] = "Ann", ["subscriptions"] = new JsonArray(Requests.EmailSubscription(email)) };
        return app.PostAsync("workflows/import_and_start", body);
    }

    public static async Task<List<JsonObject>> RunsOfAsync(this CarillonApp app, string profileId, int workflow = Workflow) =>
        [.. (await app.GetAsync($"/api/v2/runs?profile_id={profileId}&workflow_id={workflow}"))["runs"]!.AsArray().Select(run => (JsonObject)run!)];

    /// <summary>Waits until something holds; looks each time the engine has moved something, and wakes it before. A profile that was held just when the
    /// engine came is looked at again a second later: here its clock stands still, so it is woken.</summary>
    public static async Task UntilAsync(this CarillonApp app, Func<Task<bool>> holds, Func<Task<string>> instead)
    {
        var engine = app.Services.GetRequiredService<RunEngine>();
        using var moved = new SemaphoreSlim(0);
        void Count(IReadOnlyList<Run> runs) => moved.Release();
        engine.Moved += Count;
        try
        {
            for (var waited = TimeSpan.Zero; !await holds();)
            {
                app.WakeQueues();
                if (await moved.WaitAsync(Second)) continue;
                waited += Second;
                if (waited > CarillonApp.SafetyNet) throw new TimeoutException(await instead());
            }
        }
        finally
        {
            engine.Moved -= Count;
        }
    }

    /// <summary>Waits until the only run of a profile is as wanted, and shows it with its steps.</summary>
    public static async Task<JsonObject> RunAsync(this CarillonApp app, string profileId, Func<JsonObject, bool> holds, int workflow = Workflow)
    {
        JsonObject? found = null;
        await app.UntilAsync(async () => await app.RunsOfAsync(profileId, workflow) is [var only] && holds(found = only), () => ToldAsync(app, profileId, workflow));
        return await app.GetAsync($"/api/v2/runs/{found!["id"]}");
    }

    /// <summary>Waits until all runs of a profile are as wanted.</summary>
    public static Task AllAsync(this CarillonApp app, string profileId, Func<JsonObject, bool> holds, int workflow = Workflow) =>
        app.UntilAsync(async () => (await app.RunsOfAsync(profileId, workflow)).TrueForAll(run => holds(run)), () => ToldAsync(app, profileId, workflow));

    /// <summary>Waits until nothing of a profile is due and nothing that happened waits to be acted upon.</summary>
    public static Task SettledAsync(this CarillonApp app, string profileId, int workflow = Workflow) => app.UntilAsync(
        async () => await app.CountAsync("happenings") == 0 && (await app.RunsOfAsync(profileId, workflow)).TrueForAll(run => (string?)run["state"] != "inside" || (int)run["step_count"]! > 0 && !Due(app, run)),
        () => ToldAsync(app, profileId, workflow));

    private static async Task<string> ToldAsync(CarillonApp app, string profileId, int workflow) =>
        $"The runs of {profileId} are not as wanted: {string.Join(" | ", (await app.RunsOfAsync(profileId, workflow)).Select(run => run.ToJsonString()))}";

    public static async Task<List<Event>> EventsAsync(this CarillonApp app, string profileId, string kind) =>
        (await app.Services.GetRequiredService<EventStore>().ReadAsync(profileId, CancellationToken.None)).FindAll(happened => happened.Kind == kind);

    public static Task<JsonObject> RunAtAsync(this CarillonApp app, string profileId, string node, int workflow = Workflow) =>
        app.RunAsync(profileId, run => (string?)run["node"] == node && (int)run["step_count"]! > 0 && (string?)run["state"] == "inside" && !Due(app, run), workflow);

    public static Task<JsonObject> EndedAsync(this CarillonApp app, string profileId, int workflow = Workflow) =>
        app.RunAsync(profileId, run => (string?)run["state"] != "inside", workflow);

    /// <summary>The nodes it went through, each with the branch it took: <c>split:A</c>.</summary>
    public static string Path(this JsonObject run) =>
        string.Join(' ', run["steps"]!.AsArray().Select(step => (string)step!["branch"]! is { Length: > 0 } branch ? $"{step["node"]}:{branch}" : (string)step["node"]!));

    private static bool Due(CarillonApp app, JsonObject run) => DateTimeOffset.Parse((string)run["run_at"]!) <= app.Clock.GetUtcNow();
}
