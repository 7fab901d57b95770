using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Tests.Harness;
using Carillon.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Workflows;

/// <summary>Profiles on their way through graphs.</summary>
public sealed class RunTests : IAsyncLifetime
{
    private const string PauseOfADay = """
        - {id: start, type: start, next: pause}
        - {id: pause, type: wait, days: 1, next: done}
        - {id: done, type: exit}
        """;

    private CarillonApp _app = null!;

    public async Task InitializeAsync()
    {
        _app = await CarillonApp.StartAsync();
        await _app.ApplyAsync(Repository.Read("tests/Carillon.Tests/Workflows/series.yaml"));
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_series_sends_waits_a_day_and_sends_again()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: hello}
            - {id: hello, type: send, channel: email, resource: 21, template: 5, next: pause}
            - {id: pause, type: wait, days: 1, next: again}
            - {id: again, type: send, channel: email, resource: 21, template: 5, next: done}
            - {id: done, type: exit, verdict: "greeted twice"}
            """);

        var answer = await _app.EngageAsync("ann@example.com", """{"content":{"email_title":"Hi"}}""");
        answer.Error.ShouldBe(0, answer.Text);
        var waiting = await _app.RunAtAsync(answer.ProfileId, "pause");
        ((string)waiting["run_at"]!).ShouldBe("2026-01-02T00:00:00.000Z");
        await _app.VerdictsAsync(1);
        _app.Sink.Mails.ShouldHaveSingleItem().Header("Subject").ShouldBe("Hello Ann: Hi");

        _app.Advance(TimeSpan.FromHours(23));
        _app.Sink.Mails.Count.ShouldBe(1);
        _app.Advance(TimeSpan.FromHours(1));
        var run = await _app.EndedAsync(answer.ProfileId);
        await _app.VerdictsAsync(2);

        run.Path().ShouldBe("start:next hello:next pause pause:next again:next done");
        ((string)run["state"]!).ShouldBe("finished");
        ((string)run["reason"]!).ShouldBe("greeted twice");
        _app.Sink.Mails.Select(mail => mail.Header("Subject")).ShouldBe(["Hello Ann: Hi", "Hello Ann: Hi"]);
        var launch = await _app.LaunchAsync(answer);
        ((int)launch["workflow_id"]!).ShouldBe(50);
        launch["messages"]!.AsArray().Select(message => (string)message!["run_id"]!).ShouldBe([(string)run["id"]!, (string)run["id"]!]);
        run["steps"]![1]!["message_id"]!.GetValue<string>().ShouldBe((string)launch["messages"]![1]!["id"]!);
        var events = await _app.Services.GetRequiredService<EventStore>().ReadAsync(answer.ProfileId, CancellationToken.None);
        events.Select(happened => happened.Kind).Order(StringComparer.Ordinal).ShouldBe(["import_api", "send", "send", "workflow_end", "workflow_start"]);
    }

    [Fact]
    public async Task The_verdict_on_a_message_chooses_the_way()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: hello}
            - {id: hello, type: send, channel: email, resource: 21, template: 5, sent: good, skipped: unwilling, failed: bad}
            - {id: good, type: exit}
            - {id: unwilling, type: exit}
            - {id: bad, type: exit}
            """);
        _app.Sink.OnRcpt = (_, to) => to.Contains("bad@", StringComparison.Ordinal) ? "550 5.1.1 nobody here" : null;

        var good = await _app.EngageAsync("good@example.com");
        var bad = await _app.EngageAsync("bad@example.com");
        var unwilling = await _app.EngageAsync("u@example.com", """{"data":{"email":"u@example.com","subscriptions":[{"email":"u@example.com","resource_id":21,"status":"unsubscribed"}]}}""");

        (await _app.EndedAsync(good.ProfileId)).Path().ShouldBe("start:next hello hello:sent good");
        var failed = await _app.EndedAsync(bad.ProfileId);
        failed.Path().ShouldBe("start:next hello hello:failed bad");
        ((string)failed["steps"]![2]!["decision"]!).ShouldContain("nobody here");
        (await _app.EndedAsync(unwilling.ProfileId)).Path().ShouldBe("start:next hello:skipped unwilling");
    }

    [Fact]
    public async Task A_loop_without_a_wait_ends_with_an_error()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: a}
            - {id: a, type: split, branches: [{name: x, percent: 100, next: a}, {name: y, percent: 0, next: a}]}
            """);

        var answer = await _app.EngageAsync("ann@example.com");

        var run = await _app.EndedAsync(answer.ProfileId);
        ((string)run["state"]!).ShouldBe("failed");
        ((string)run["reason"]!).ShouldContain("loop without a wait");
    }

    [Fact]
    public async Task A_loop_with_a_wait_goes_on()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: pause}
            - {id: pause, type: wait, hours: 1, next: pause}
            """);
        var answer = await _app.EngageAsync("ann@example.com");

        for (var turn = 1; turn <= 300; turn++)
        {
            await _app.RunAsync(answer.ProfileId, run => (int)run["step_count"]! == 2 * turn);
            _app.Advance(TimeSpan.FromHours(1));
        }
        ((string)(await _app.RunsOfAsync(answer.ProfileId)).Single()["state"]!).ShouldBe("inside");
    }

    [Fact]
    public async Task A_stopped_workflow_freezes_its_runs_and_goes_on_where_they_stood()
    {
        await _app.WorkflowAsync(PauseOfADay);
        var answer = await _app.EngageAsync("ann@example.com");
        await _app.RunAtAsync(answer.ProfileId, "pause");

        await _app.ApplyAsync(StoppedWorkflow(PauseOfADay));
        (await _app.EngageAsync("b@example.com")).ErrorText.ShouldBe("Workflow is not active");
        _app.Advance(TimeSpan.FromDays(3));
        await _app.EngageAsync("other@example.com", """{"data":{"email":"other@example.com","subscriptions":[{"email":"other@example.com","resource_id":7}]}}""", workflow: 12);
        await _app.VerdictsAsync(1);
        ((string)(await _app.RunsOfAsync(answer.ProfileId)).Single()["node"]!).ShouldBe("pause");

        await _app.WorkflowAsync(PauseOfADay);
        _app.WakeQueues();
        (await _app.EndedAsync(answer.ProfileId)).Path().ShouldBe("start:next pause pause:next done");
    }

    [Fact]
    public async Task Of_many_that_are_due_together_no_further_set_moves_once_the_workflow_is_stopped()
    {
        const int more = 44;
        await _app.WorkflowAsync(PauseOfADay);
        await _app.WorkflowAsync("- {id: start, type: start}", id: 51);
        var items = new JsonArray([.. Enumerable.Range(0, RunEngine.Most + more).Select(number => (JsonNode)new JsonObject { ["email"] = $"p{number}@example.com" })]);
        (await _app.PostAsync("workflows/import_and_start_batch", new JsonObject { ["workflow_id"] = 50, ["matching"] = "email", ["data"] = items })).ErrorText.ShouldBe("Successful operation");
        await _app.UntilAsync(async () => await _app.CountAsync("runs WHERE node = 'pause'") == items.Count, () => Task.FromResult("not all are at the wait"));

        // Whoever moves a set then waits until the workflow is stopped.
        var stopping = new Lazy<Task>(() => Task.Run(() => _app.ApplyAsync(StoppedWorkflow(PauseOfADay))));
        void Stop(IReadOnlyList<Run> runs)
        {
            if (runs.Any(run => run.WorkflowId == 50)) stopping.Value.Wait();
        }
        var engine = _app.Services.GetRequiredService<RunEngine>();
        engine.Moved += Stop;
        _app.Advance(TimeSpan.FromDays(1));
        await _app.EndedAsync((await _app.EngageAsync("other@example.com", workflow: 51)).ProfileId, 51);
        engine.Moved -= Stop;

        (await _app.CountAsync("runs WHERE workflow_id = 50 AND state = 0")).ShouldBeGreaterThanOrEqualTo(more);
    }

    [Fact]
    public async Task Of_runs_with_large_contents_few_are_worked_on_at_once_and_all_go_on()
    {
        await _app.WorkflowAsync(PauseOfADay);
        var large = new string('x', 70_000);
        List<string> profiles = [];
        for (var number = 0; number < 3 * WorkRuns.MostLarge; number++)
            profiles.Add((await _app.EngageAsync($"p{number}@example.com", $$$"""{"content":{"text":"{{{large}}}"}}""")).ProfileId);
        foreach (var profile in profiles) await _app.RunAsync(profile, run => (string?)run["node"] == "pause");

        var sets = new ConcurrentQueue<int>();
        _app.Services.GetRequiredService<RunEngine>().Moved += runs => sets.Enqueue(runs.Count);
        _app.Advance(TimeSpan.FromDays(1));
        foreach (var profile in profiles) await _app.EndedAsync(profile);

        // Told after the commit by which they ended.
        await _app.UntilAsync(() => Task.FromResult(sets.Sum() == profiles.Count), () => Task.FromResult($"told of {sets.Sum()} runs"));
        sets.ShouldAllBe(count => count <= WorkRuns.MostLarge);
    }

    [Fact]
    public async Task A_run_goes_on_by_the_changed_graph_and_a_removed_node_lets_go_of_its_runs()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: ab}
            - {id: ab, type: split, branches: [{name: A, percent: 50, next: a}, {name: B, percent: 50, next: b}]}
            - {id: a, type: wait, days: 1, next: old}
            - {id: b, type: wait, days: 1, next: old}
            - {id: old, type: exit}
            """);
        var profiles = new List<string>();
        for (var i = 0; i < 8; i++) profiles.Add((await _app.EngageAsync($"p{i}@example.com")).ProfileId);
        foreach (var profile in profiles) await _app.RunAsync(profile, run => (string?)run["node"] is "a" or "b");

        await _app.WorkflowAsync("""
            - {id: start, type: start, next: a}
            - {id: a, type: wait, days: 1, next: fresh}
            - {id: fresh, type: exit}
            """);
        _app.Advance(TimeSpan.FromDays(1));

        var ended = new List<JsonObject>();
        foreach (var profile in profiles) ended.Add(await _app.EndedAsync(profile));
        var states = ended.Select(run => $"{run["node"]} {run["state"]}").Distinct().Order(StringComparer.Ordinal);
        states.ShouldBe(["b removed", "fresh finished"]);
        ended.First(run => (string?)run["node"] == "fresh")["steps"]!.AsArray().Select(step => (string)step!["version"]!).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task Each_node_shows_how_many_runs_stand_there()
    {
        await _app.WorkflowAsync(PauseOfADay);
        foreach (var name in new[] { "a", "b", "c" }) await _app.RunAtAsync((await _app.EngageAsync($"{name}@example.com")).ProfileId, "pause");

        var shown = await _app.GetAsync("/api/v2/workflows/50");
        ((int)shown["runs"]!).ShouldBe(3);
        shown["nodes"]!.AsArray().Select(node => $"{node!["id"]} {node["runs"]}").ShouldBe(["start 0", "pause 3", "done 0"]);
    }

    private static string StoppedWorkflow(string nodes) => $$"""
        workflows:
          - id: 50
            name: Tested 50
            database: 1
            active: false
            nodes:
        {{string.Join('\n', nodes.Trim().Split('\n').Select(line => "      " + line.Trim()))}}
        """;
}
