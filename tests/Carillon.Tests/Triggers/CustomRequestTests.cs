using System.Text.Json.Nodes;
using Carillon.Queue;
using Carillon.Tests.Harness;
using Carillon.Triggers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Carillon.Tests.Triggers;

/// <summary><c>campaigns/triggers/start</c> with <c>custom_request</c>: everyone whom a filter finds.</summary>
public sealed class CustomRequestTests : IAsyncLifetime
{
    /// <summary>More than are launched to at once.</summary>
    private const int Many = 1300;

    private const string Everybody = "Parameter 'custom_request': it matches every profile of the database; if that is meant, write {\"_id\": {\"$exists\": true}}";

    private const string Stopped = "the trigger was stopped, and what waited was dropped";

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync(logging: logging => logging.SetMinimumLevel(LogLevel.None));

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("""{"id":84,"custom_request":{"_fname":"Ann"}}""")]
    [InlineData("""{"id":84,"custom_request":"{\"_fname\":\"Ann\"}"}""")]
    [InlineData("""{"id":84,"email":"c@example.com","custom_request":{"email":{"$in":["A@example.com","b@example.com"]}}}""")]
    public async Task Everyone_who_is_found_gets_the_message_and_nobody_else(string body)
    {
        await _app.ImportAsync("a@example.com", """{"_fname":"Ann"}""");
        await _app.ImportAsync("b@example.com", """{"_fname":"Ann"}""");
        await _app.ImportAsync("c@example.com", """{"_fname":"Cat"}""");

        var answer = await _app.PostAsync("campaigns/triggers/start", Requests.Json(body));

        answer.Error.ShouldBe(0, answer.Text);
        answer.Json.ContainsKey("data").ShouldBeTrue();
        var launch = await _app.LaunchAsync(answer);
        launch["messages"]!.AsArray().Select(message => (string)message!["contact"]!).ShouldBe(["a@example.com", "b@example.com"], ignoreOrder: true);
        launch["audience"]!.ToJsonString().ShouldBe("""{"state":"complete","found":2,"launched":2,"skipped":0,"task_id":null}""");
        (await _app.CountAsync("launches")).ShouldBe(1);
        await _app.Sink.WaitForAsync(2);
    }

    [Theory]
    [InlineData("""{"id":84,"custom_request":{"_fname":"Nobody"}}""", 404, "matches 'custom_request'")]
    [InlineData("""{"id":84,"custom_request":{"email":"nobody@example.com"}}""", 404, "matches 'custom_request'")]
    [InlineData("""{"id":84,"custom_request":{"$where":"1"}}""", 400, "Parameter 'custom_request': operator '$where' is not allowed")]
    [InlineData("""{"id":84,"custom_request":{}}""", 400, "'custom_request' is empty")]
    [InlineData("""{"id":84,"custom_request":{"$comment":"x"}}""", 400, Everybody)]
    [InlineData("""{"id":84,"custom_request":{"$and":[{},{"$comment":"x"}]}}""", 400, Everybody)]
    [InlineData("""{"id":84,"custom_request":{"$or":[{"_fname":"Ann"},{}]}}""", 400, Everybody)]
    [InlineData("""{"id":84,"custom_request":{"$nor":[{"$nor":[{}]}]}}""", 400, Everybody)]
    [InlineData("""{"id":84,"custom_request":"{"}""", 400, "'custom_request' must be an object")]
    [InlineData("""{"id":84,"custom_request":5}""", 400, "'custom_request' must be an object")]
    [InlineData("""{"id":84,"matching":"email","email":"nobody@example.com","custom_request":{"_fname":"Ann"}}""", 404, "nobody@example.com")]
    [InlineData("""{"id":84,"custom_request":{"email":"left@example.com"}}""", 400, "No active subscriptions for trigger resource")]
    [InlineData("""{"id":97,"custom_request":{"_fname":"Ann"}}""", 400, "Trigger is not active")]
    public async Task What_cannot_be_started_is_refused_with_its_reason(string body, int error, string text)
    {
        await _app.ImportAsync("a@example.com", """{"_fname":"Ann"}""");
        await _app.ImportAsync("left@example.com", """{"_status":1}""");

        var answer = await _app.PostAsync("campaigns/triggers/start", Requests.Json(body));

        (answer.Error, answer.ErrorText.Contains(text, StringComparison.Ordinal)).ShouldBe((error, true), answer.Text);
        (await _app.CountAsync("launches")).ShouldBe(0);
        (await _app.CountAsync("messages")).ShouldBe(0);
    }

    [Theory]
    [InlineData("start_batch_task", """{"id":84,"custom_request":{"$and":[{}]}}""")]
    [InlineData("start_batch_task", """{"id":84,"data":[{"custom_request":{"$and":[{}]}}]}""")]
    [InlineData("start_batch", """{"trigger_id":84,"custom_request":{"$and":[{}]}}""")]
    [InlineData("start_batch", """{"trigger_id":84,"data":[{"custom_request":{"$and":[{}]}}]}""")]
    public async Task Everybody_must_be_meant_also_in_calls_with_many_items(string method, string body)
    {
        await _app.ImportAsync("a@example.com");

        var answer = await _app.PostAsync("campaigns/triggers/" + method, Requests.Json(body));

        if (answer.Json["data"]?["task_id"] is { } task) (await _app.TaskAsync((string)task!)).Failed.ShouldBe(1);
        else answer.Text.ShouldContain("it matches every profile of the database");
        (await _app.CountAsync("messages")).ShouldBe(0);
    }

    [Fact]
    public async Task Everybody_is_launched_to_where_it_is_meant()
    {
        await _app.ImportAsync("a@example.com");
        (await _app.PostAsync("campaigns/triggers/start", Requests.Json("""{"id":84,"custom_request":{"_id":{"$exists":true}}}"""))).Error.ShouldBe(0);
        (await _app.CountAsync("messages")).ShouldBe(1);
    }

    /// <summary>Many pieces side by side: a database's parser takes a thousand of them and not more.</summary>
    public static TheoryData<string, string, int> Wide => new()
    {
        { "$or", Pieces("{}"), 400 },
        { "$and", Pieces("{}"), 400 },
        { "$nor", Pieces("{}"), 400 },
        { "_createtime", $$"""{"$in":{{Pieces("\"2001-01-01\"")}} }""", 404 },
        { "_createtime", $$"""{"$in":[{{string.Join(',', Enumerable.Range(0, 5000).Select(day => $"\"{new DateTime(2001, 1, 1).AddDays(day):yyyy-MM-dd}\""))}}]}""", 404 },
        { "_fname", $$"""{"$type":{{Pieces("\"string\"")}} }""", 0 },
    };

    [Theory]
    [MemberData(nameof(Wide))]
    public async Task A_filter_of_many_pieces_is_no_fault_of_ours(string name, string condition, int error)
    {
        await _app.ImportAsync("a@example.com", """{"_fname":"Ann"}""");

        var answer = await _app.PostAsync("campaigns/triggers/start", new JsonObject { ["id"] = 84, ["custom_request"] = new JsonObject { [name] = JsonNode.Parse(condition) } });

        answer.Error.ShouldBe(error, answer.Text);
    }

    private static string Pieces(string piece) => $"[{string.Join(',', Enumerable.Repeat(piece, 5000))}]";

    [Fact]
    public async Task Those_who_are_not_willing_are_passed_over_and_counted()
    {
        await _app.ImportAsync("a@example.com");
        await _app.ImportAsync("left@example.com", """{"_status":1}""");

        var answer = await _app.PostAsync("campaigns/triggers/start", Requests.Json(
            """{"id":84,"custom_request":{"email":{"$regex":"@example\\.com$"}},"subscription_filter":{"email":"other@example.com"},"content":{"a":1},"attach":[{"name":"a.txt","data":"data:text/plain;base64,SEVMTE8K"}]}"""));

        var launch = await _app.LaunchAsync(answer);
        launch["audience"]!.ToJsonString().ShouldBe("""{"state":"complete","found":2,"launched":1,"skipped":1,"task_id":null}""");
        launch["trace"]!.ToJsonString().ShouldContain("subscription_filter is not used");
        launch["content"]!["a"]!.GetValue<int>().ShouldBe(1);
        (await _app.CountAsync("attachments")).ShouldBe(1);
    }

    [Fact]
    public async Task A_repeat_gets_the_first_answer_also_when_nobody_matches_any_more()
    {
        await _app.ImportAsync("a@example.com", """{"_fname":"Ann"}""");
        var body = """{"id":84,"custom_request":{"_fname":"Ann"}}""";
        var first = await _app.PostAsync("campaigns/triggers/start", Requests.Json(body), ("Request-ID", "one"));
        await _app.ImportAsync("a@example.com", """{"_fname":"Bea"}""");

        var again = await _app.PostAsync("campaigns/triggers/start", Requests.Json(body), ("Request-ID", "one"));

        (again.Error, again.Headers["Launch-ID"]).ShouldBe((0, first.Headers["Launch-ID"]));
        (await _app.CountAsync("messages")).ShouldBe(1);
    }

    [Fact]
    public async Task Many_are_launched_to_in_the_background_each_once()
    {
        await _app.StoreAsync(Crowd.Of(_app, Many));
        var (launchId, taskId) = await StartAsync();

        await _app.TaskAsync(taskId);

        await EachOnceAsync(launchId);
        var launch = await _app.GetAsync("/api/v2/launches/" + launchId);
        launch["audience"]!.ToJsonString().ShouldBe($$"""{"state":"complete","found":{{Many}},"launched":{{Many - 1}},"skipped":1,"task_id":"{{taskId}}"}""");
        launch["messages"]!.AsArray().Count.ShouldBe(1000);
    }

    [Fact]
    public async Task A_restart_in_the_middle_misses_nobody_and_launches_to_nobody_twice()
    {
        await _app.StoreAsync(Crowd.Of(_app, Many));
        var launchId = "";

        var done = await _app.RestartAmidTaskAsync(LaunchToAudience.Kind, async () =>
        {
            (launchId, var taskId) = await StartAsync();
            return taskId;
        });

        done.ShouldBeInRange(1, Many - 1);
        await EachOnceAsync(launchId);
    }

    [Fact]
    public async Task An_audience_that_comes_to_nobody_any_more_says_how_far_it_came_and_why()
    {
        await _app.StoreAsync(Crowd.Of(_app, Many));
        var mend = _app.BreakTasks(LaunchToAudience.Kind, letThrough: turn => turn.Task.Done == 0);
        var (launchId, taskId) = await StartAsync();
        var amid = await _app.TaskAsync(taskId, task => task.Faults > 0);
        await _app.PostAsync("campaigns/deactivate", Requests.Json("""{"id":84,"abort_if_running":true}"""));
        mend();
        _app.Advance(TimeSpan.FromMinutes(1));

        (await _app.TaskAsync(taskId)).State.ShouldBe(TaskState.Failed);

        var status = (await _app.PostAsync("tasks/status", new JsonObject { ["task_id"] = taskId, ["limit"] = 1 })).Json["data"]!;
        ((string)status["status"]!, (string)status["reason"]!, (long)status["result"]!["done"]!).ShouldBe(("failed", Stopped, amid.Done));
        ((string)status["result"]!["errors"]!.AsArray().ShouldHaveSingleItem()!["error_text"]!).ShouldBe(Stopped);
        await CountsAsync(launchId, "stopped", amid.Done, Stopped);
    }

    [Fact]
    public async Task An_audience_that_is_given_up_says_how_far_it_came_and_why()
    {
        await _app.StoreAsync(Crowd.Of(_app, Many));
        _app.BreakTasks(LaunchToAudience.Kind, letThrough: turn => turn.Task.Done == 0);
        var (launchId, taskId) = await StartAsync();
        var given = await _app.TaskAsync(taskId, task => task.Faults == 1);
        for (var faults = 2; given.State != TaskState.Failed; faults++)
        {
            _app.Advance(TimeSpan.FromHours(2));
            given = await _app.TaskAsync(taskId, task => task.Faults == faults);
        }

        await CountsAsync(launchId, "failed", given.Done, given.Reason);
    }

    /// <summary>What the launch says of its audience once its task was cleaned.</summary>
    private async Task CountsAsync(string launchId, string state, long found, string reason)
    {
        await _app.Database.WriteAsync(session => session.ExecuteAsync("DELETE FROM tasks", CancellationToken.None), CancellationToken.None);
        var audience = (await _app.GetAsync("/api/v2/launches/" + launchId))["audience"]!;
        found.ShouldBeGreaterThan(0);
        ((string)audience["state"]!, (long)audience["found"]!, (long)audience["launched"]!, (string)audience["reason"]!).ShouldBe((state, found, await _app.CountAsync("messages"), reason));
    }

    [Fact]
    public async Task Whoever_comes_after_the_launch_is_not_meant()
    {
        // As if one came while the expansion is on its way.
        await _app.StoreAsync(Crowd.Of(_app, Many, lastLater: TimeSpan.FromSeconds(1)));
        var (_, taskId) = await StartAsync();

        (await _app.TaskAsync(taskId)).Done.ShouldBe(Many - 1);
    }

    [Fact]
    public async Task What_is_expanded_late_is_as_old_as_its_launch()
    {
        await _app.ImportAsync("a@example.com", """{"_fname":"Ann"}""");
        var launched = _app.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        _app.Clock.Advance(TimeSpan.FromHours(2));
        var task = _app.Services.GetRequiredService<TaskQueue>().New(LaunchToAudience.Kind, "token", "request", Requests.Json(
            $$"""{"launch_id":"0123456789abcdef01234500","source_id":84,"custom_request":{"_fname":"Ann"},"launched":{{launched}},"run_at":{{launched}},"expires_at":{{launched}}}"""), total: 0);

        var expand = _app.Services.GetRequiredService<LaunchToAudience>();
        for (var turn = new TaskTurn(task, TaskStore.MaxPiece, null); await _app.Database.WriteAsync(session => expand.RunAsync(session, turn, CancellationToken.None), CancellationToken.None) is { Cursor: { } cursor };)
            turn = turn with { Task = task with { Cursor = cursor } };

        (await _app.Database.ReadAsync(session => session.QueryAsync("SELECT created FROM messages", row => row.GetInt64(0), CancellationToken.None), CancellationToken.None)).ShouldBe([launched]);
    }

    private async Task<(string LaunchId, string TaskId)> StartAsync()
    {
        var answer = await _app.PostAsync("campaigns/triggers/start", Requests.Json("""{"id":84,"custom_request":{"_vendor":"many"}}"""));
        answer.Error.ShouldBe(0, answer.Text);
        var launchId = answer.Headers["Launch-ID"];
        return (launchId, (string)(await _app.GetAsync("/api/v2/launches/" + launchId))["audience"]!["task_id"]!);
    }

    /// <summary>One of them is not willing.</summary>
    private async Task EachOnceAsync(string launchId)
    {
        var holders = await _app.Database.ReadAsync(session => session.QueryAsync("SELECT profile_id, launch_id FROM messages", row => (Profile: row.GetString(0), Launch: row.GetString(1)), CancellationToken.None), CancellationToken.None);
        holders.ShouldAllBe(holder => holder.Launch == launchId);
        holders.Count.ShouldBe(Many - 1);
        holders.Select(holder => holder.Profile).Distinct().Count().ShouldBe(Many - 1);
        (await _app.CountAsync("launches")).ShouldBe(1);
    }
}
