using System.Text.Json.Nodes;
using Carillon.Tests.Harness;
using Carillon.Workflows;
using Carillon.Workspace;
using Microsoft.Extensions.Logging;

namespace Carillon.Tests.Workflows;

/// <summary><c>workflows/start</c> with <c>custom_request</c>: everyone whom a filter finds.</summary>
public sealed class AudienceTests : IAsyncLifetime
{
    /// <summary>More than are engaged at once.</summary>
    private const int Many = 1300;

    private const string Nodes = """
        - {id: start, type: start, next: pause}
        - {id: pause, type: wait, days: 1, next: done}
        - {id: done, type: exit}
        """;

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync(logging: logging => logging.SetMinimumLevel(LogLevel.None));

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("""{"id":50,"custom_request":{"_fname":"Ann"}}""")]
    [InlineData("""{"id":50,"custom_request":"{\"_fname\":\"Ann\"}"}""")]
    [InlineData("""{"id":50,"email":"c@example.com","custom_request":{"email":{"$in":["A@example.com","b@example.com"]}}}""")]
    public async Task Everyone_who_is_found_is_engaged_and_nobody_else(string body)
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: hello}
            - {id: hello, type: send, channel: email, resource: 21, template: 5, next: done}
            - {id: done, type: exit}
            """);
        var ann = await _app.ImportAsync("a@example.com", """{"_fname":"Ann"}""");
        await _app.ImportAsync("b@example.com", """{"_fname":"Ann"}""");
        var cat = await _app.ImportAsync("c@example.com", """{"_fname":"Cat"}""");
        var request = Requests.Json(body);
        request["content"] = new JsonObject { ["email_title"] = "Hi" };
        request["attach"] = new JsonArray(new JsonObject { ["name"] = "a.txt", ["data"] = "data:text/plain;base64,aGk=" });

        var answer = await _app.PostAsync("workflows/start", request);

        answer.Error.ShouldBe(0, answer.Text);
        answer.Json.ContainsKey("data").ShouldBeTrue();
        await _app.EndedAsync(ann);
        await _app.VerdictsAsync(2);
        _app.Sink.Mails.Select(mail => $"{mail.To} {mail.Header("Subject")}").ShouldBe(["a@example.com Hello Ann: Hi", "b@example.com Hello Ann: Hi"], ignoreOrder: true);
        _app.Sink.Mails.ShouldAllBe(mail => System.Text.Encoding.UTF8.GetString(mail.Content).Contains("a.txt", StringComparison.Ordinal));
        (await _app.RunsOfAsync(cat)).ShouldBeEmpty();
        var launch = await _app.LaunchAsync(answer);
        launch["audience"]!.ToJsonString().ShouldBe("""{"state":"complete","found":2,"launched":2,"skipped":0,"task_id":null}""");
        launch["messages"]!.AsArray().Count.ShouldBe(2);
        (await _app.CountAsync("launches")).ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"id":50,"custom_request":{"_fname":"Nobody"}}""", 404, "matches 'custom_request'")]
    [InlineData("""{"id":50,"custom_request":{"$where":"1"}}""", 400, "Parameter 'custom_request': operator '$where' is not allowed")]
    [InlineData("""{"id":50,"custom_request":{}}""", 400, "'custom_request' is empty")]
    [InlineData("""{"id":50,"custom_request":5}""", 400, "'custom_request' must be an object")]
    [InlineData("""{"id":50,"matching":"email","email":"nobody@example.com","custom_request":{"_fname":"Ann"}}""", 404, "nobody@example.com")]
    public async Task What_cannot_be_engaged_is_refused_with_its_reason(string body, int error, string text)
    {
        await _app.WorkflowAsync(Nodes);
        await _app.ImportAsync("a@example.com", """{"_fname":"Ann"}""");

        var answer = await _app.PostAsync("workflows/start", Requests.Json(body));

        (answer.Error, answer.ErrorText.Contains(text, StringComparison.Ordinal)).ShouldBe((error, true), answer.Text);
        (await _app.CountAsync("launches")).ShouldBe(0);
        (await _app.CountAsync("runs")).ShouldBe(0);
    }

    [Fact]
    public async Task Those_who_are_inside_already_are_passed_over_and_counted()
    {
        await _app.WorkflowAsync(Nodes);
        var inside = await _app.EngageAsync("a@example.com");
        await _app.ImportAsync("b@example.com");

        var answer = await _app.PostAsync("workflows/start", Requests.Json("""{"id":50,"custom_request":{"email":{"$regex":"@example\\.com$"}},"subscription_filter":{"email":"other@example.com"}}"""));

        var launch = await _app.LaunchAsync(answer);
        launch["audience"]!.ToJsonString().ShouldBe("""{"state":"complete","found":2,"launched":1,"skipped":1,"task_id":null}""");
        launch["trace"]!.ToJsonString().ShouldContain("subscription_filter is not used");
        (await _app.RunsOfAsync(inside.ProfileId)).ShouldHaveSingleItem();
        (await _app.EventsAsync(inside.ProfileId, "workflow_ignored")).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_repeat_gets_the_first_answer_also_when_nobody_matches_any_more()
    {
        await _app.WorkflowAsync(Nodes);
        await _app.ImportAsync("a@example.com", """{"_fname":"Ann"}""");
        const string body = """{"id":50,"custom_request":{"_fname":"Ann"}}""";
        var first = await _app.PostAsync("workflows/start", Requests.Json(body), ("Request-ID", "one"));
        await _app.ImportAsync("a@example.com", """{"_fname":"Bea"}""");

        var again = await _app.PostAsync("workflows/start", Requests.Json(body), ("Request-ID", "one"));

        (again.Error, again.Headers["Launch-ID"]).ShouldBe((0, first.Headers["Launch-ID"]));
        (await _app.CountAsync("runs")).ShouldBe(1);
    }

    [Fact]
    public async Task Many_are_engaged_in_the_background_each_once()
    {
        await _app.WorkflowAsync(Nodes);
        // As if one came while the expansion is on its way.
        var crowd = Crowd.Of(_app, Many, lastLater: TimeSpan.FromSeconds(1));
        await _app.StoreAsync(crowd);
        await _app.PostAsync("workflows/start", new JsonObject { ["id"] = 50, ["matching"] = "profile_id", ["profile_id"] = crowd[3].Id });
        var (launchId, taskId) = await StartAsync();

        await _app.TaskAsync(taskId);

        await EachOnceAsync(Many - 1);
        (await _app.GetAsync("/api/v2/launches/" + launchId))["audience"]!.ToJsonString().ShouldBe($$"""{"state":"complete","found":{{Many - 1}},"launched":{{Many - 2}},"skipped":1,"task_id":"{{taskId}}"}""");
        var run = await _app.RunAtAsync(crowd[9].Id, "pause");
        ((string)run["launch_id"]!).ShouldBe(launchId);
    }

    [Fact]
    public async Task A_restart_in_the_middle_misses_nobody_and_engages_nobody_twice()
    {
        await _app.WorkflowAsync(Nodes, "reentry: each");
        await _app.StoreAsync(Crowd.Of(_app, Many));

        var done = await _app.RestartAmidTaskAsync(EngageAudience.Kind, async () => (await StartAsync()).TaskId);

        done.ShouldBeInRange(1, Many - 1);
        await EachOnceAsync(Many);
    }

    [Fact]
    public async Task A_workflow_that_is_stopped_meanwhile_takes_nobody_and_the_launch_tells_it()
    {
        await _app.WorkflowAsync(Nodes);
        await _app.StoreAsync(Crowd.Of(_app, Many));
        var mend = _app.BreakTasks(EngageAudience.Kind);
        var (launchId, taskId) = await StartAsync();
        await _app.TaskAsync(taskId, task => task.Faults > 0);

        await _app.PostAsync("workflows/deactivate", new JsonObject { ["id"] = 50 });
        mend();
        _app.Advance(TimeSpan.FromMinutes(1));

        await _app.TaskAsync(taskId);
        (await _app.CountAsync("runs")).ShouldBe(0);
        var launch = await _app.GetAsync("/api/v2/launches/" + launchId);
        launch["audience"]!.ToJsonString().ShouldBe($$"""{"state":"stopped","found":0,"launched":0,"skipped":0,"task_id":"{{taskId}}","reason":"Workflow is not active"}""");
        var status = (await _app.PostAsync("tasks/status", new JsonObject { ["task_id"] = taskId })).Json["data"]!;
        ((string)status["status"]!, (string)status["reason"]!).ShouldBe(("failed", "Workflow is not active"));
        ((string)status["result"]!["errors"]![0]!["error_text"]!).ShouldBe("Workflow is not active");
    }

    [Fact]
    public async Task A_workflow_that_another_process_stopped_a_moment_ago_takes_nobody()
    {
        await _app.WorkflowAsync(Nodes);
        await _app.StoreAsync(Crowd.Of(_app, Many));
        await _app.ChangeElsewhereAsync(before => WorkspaceChange.Of(before.Workflows[50] with { Active = false }));

        var (_, taskId) = await StartAsync();

        await _app.TaskAsync(taskId);
        (await _app.CountAsync("runs")).ShouldBe(0);
    }

    private async Task<(string LaunchId, string TaskId)> StartAsync()
    {
        var answer = await _app.PostAsync("workflows/start", Requests.Json("""{"id":50,"custom_request":{"_vendor":"many"}}"""));
        answer.Error.ShouldBe(0, answer.Text);
        var launchId = answer.Headers["Launch-ID"];
        return (launchId, (string)(await _app.GetAsync("/api/v2/launches/" + launchId))["audience"]!["task_id"]!);
    }

    private async Task EachOnceAsync(int count)
    {
        (await _app.CountAsync("runs")).ShouldBe(count);
        (await _app.CountAsync("(SELECT DISTINCT profile_id FROM runs) AS once")).ShouldBe(count);
    }
}
