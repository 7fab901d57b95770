using System.Text.Json.Nodes;
using Carillon.Commands;
using Carillon.Tests.Harness;
using Carillon.Workflows;

namespace Carillon.Tests.Workflows;

/// <summary>Many runs at nodes of type <c>http_request</c>, and a server that is slow.</summary>
public sealed class CrowdTests : IAsyncLifetime
{
    private const int Many = 40;
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync(settings: new Settings { Workflows = new WorkflowSettings { AllowPrivateAddresses = true, HttpRequests = 2 } });

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task No_more_runs_hold_a_request_than_are_made_soon_and_the_others_come_in_their_turn()
    {
        using var opened = new ManualResetEventSlim();
        var asked = 0;
        await using var slow = new HttpStub(_ =>
        {
            Interlocked.Increment(ref asked);
            opened.Wait(CarillonApp.SafetyNet);
            return (200, "{}");
        });
        await _app.WorkflowAsync($$"""
            - {id: start, type: start, next: ask}
            - {id: ask, type: http_request, url: "{{slow.Url}}", timeout_seconds: 60, retries: 0, next: done, failed: bad}
            - {id: done, type: exit}
            - {id: bad, type: exit}
            """);
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: done}
            - {id: done, type: exit}
            """, id: 51);

        await EngageManyAsync();
        // PostgreSQL has several loops, each of which may begin as many as there are hands.
        var most = 4 * _app.Database.Writers;
        var inside = await InsideAsync();
        (inside.Count, inside.Count(Asks) <= most, inside.Exists(Parked)).ShouldBe((Many, true, true), string.Join(' ', inside));
        inside.Find(Parked)!["run_at"].ShouldBeNull("it has no moment");

        // Nobody else waits for them.
        await _app.EndedAsync((await _app.EngageAsync("else@example.com", workflow: 51)).ProfileId, 51);

        opened.Set();
        await _app.UntilAsync(async () => (await InsideAsync()).Count == 0, async () => string.Join(' ', await InsideAsync()));
        asked.ShouldBe(Many, "each asked once");
        foreach (var run in await RunsAsync("finished")) (await _app.GetAsync($"/api/v2/runs/{run["id"]}")).Path().ShouldBe("start:next ask ask:next done");
    }

    [Fact]
    public async Task Who_waits_for_a_hand_is_let_go_with_the_others()
    {
        using var opened = new ManualResetEventSlim();
        await using var slow = new HttpStub(_ =>
        {
            opened.Wait(CarillonApp.SafetyNet);
            return (200, "{}");
        });
        await _app.WorkflowAsync($$"""
            - {id: start, type: start, next: ask}
            - {id: ask, type: http_request, url: "{{slow.Url}}", timeout_seconds: 60, next: done}
            - {id: done, type: exit}
            """);
        await EngageManyAsync();

        // The node is there no more: who was asking ends when the answer comes, who was about to as soon as it has a turn.
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: done}
            - {id: done, type: exit}
            """);
        opened.Set();

        await _app.UntilAsync(async () => (await InsideAsync()).Count == 0, async () => string.Join(' ', await InsideAsync()));
        (await RunsAsync("removed")).Count.ShouldBe(Many);
    }

    /// <summary>Returns when each asks, or waits for its turn.</summary>
    private async Task EngageManyAsync()
    {
        var items = Enumerable.Range(0, Many).Select(number => (JsonNode)new JsonObject { ["data"] = new JsonObject { ["email"] = $"p{number}@example.com" } });
        var answer = await _app.PostAsync("workflows/import_and_start_batch", new JsonObject { ["workflow_id"] = Runs.Workflow, ["matching"] = "email", ["data"] = new JsonArray([.. items]) });
        answer.Error.ShouldBe(0, answer.Text);
        await _app.UntilAsync(async () => (await InsideAsync()).TrueForAll(run => Asks(run) || Parked(run)), async () => string.Join(' ', await InsideAsync()));
    }

    private Task<List<JsonObject>> InsideAsync() => RunsAsync("inside");

    private async Task<List<JsonObject>> RunsAsync(string state) =>
        [.. (await _app.GetAsync($"/api/v2/runs?workflow_id={Runs.Workflow}&state={state}&limit=1000"))["runs"]!.AsArray().Select(run => (JsonObject)run!)];

    private static bool Asks(JsonObject run) => ((string)run["waits_for"]!).StartsWith("call:", StringComparison.Ordinal);

    private static bool Parked(JsonObject run) => ((string)run["reason"]!).StartsWith("waits for its turn", StringComparison.Ordinal);
}
