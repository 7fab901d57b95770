using System.Text.Json.Nodes;
using Carillon.Queue;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Triggers;

/// <summary><c>custom_request</c> in calls with many items: an item may mean many, and a task may be for everyone.</summary>
public sealed class BulkAudienceTests : IAsyncLifetime
{
    private const string StartBatch = "campaigns/triggers/start_batch";
    private const string StartBatchTask = "campaigns/triggers/start_batch_task";

    /// <summary>More than are launched to at once.</summary>
    private const int Many = 1100;

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("""{"data":[{"custom_request":{"_fname":"Ann"}},{"email":"c@example.com"}]}""", "a@example.com b@example.com c@example.com")]
    [InlineData("""{"data":[{"custom_request":"{\"_fname\":\"Ann\"}"},{"custom_request":{"email":"c@example.com"}}]}""", "a@example.com b@example.com c@example.com")]
    [InlineData("""{"data":{"custom_request":{"_fname":"Ann"},"email":"c@example.com"},"subscription_filter":{"email":"other@example.com"}}""", "a@example.com b@example.com")]
    [InlineData("""{"custom_request":{"_fname":"Ann"}}""", "a@example.com b@example.com")]
    [InlineData("""{"matching":"email","data":[{"custom_request":{"_fname":"Ann"},"email":"c@example.com"}]}""", "c@example.com")]
    [InlineData("""{"data":[{"matching":"email","custom_request":{"_fname":"Ann"},"email":"c@example.com"}]}""", "c@example.com")]
    public async Task An_item_may_mean_everyone_whom_its_filter_finds(string body, string contacts)
    {
        await GivenThreeAsync();

        var answer = await SendAsync(StartBatch, "trigger_id", body);

        answer.Error.ShouldBe(0, answer.Text);
        List<string> told = [];
        foreach (var item in answer.Json["result"]!.AsArray()) told.Add((string)(await _app.ProfileAsync("profile_id", "profile_id", (string)item!["profile_id"]!))["email"]!);
        told.ShouldBe(contacts.Split(' '), ignoreOrder: true);
        var launch = await _app.LaunchAsync(answer);
        launch["messages"]!.AsArray().Select(message => (string)message!["contact"]!).ShouldBe(contacts.Split(' '), ignoreOrder: true);
        (await _app.CountAsync("launches")).ShouldBe(1, "the messages of a call share one launch");
        await _app.Sink.WaitForAsync(told.Count);
    }

    [Fact]
    public async Task What_is_wrong_with_a_filter_stops_no_other_item()
    {
        await GivenThreeAsync();
        await _app.ImportAsync("left@example.com", """{"_status":1}""");

        var answer = await SendAsync(StartBatch, "trigger_id", """
            {"data":[{"custom_request":{"$where":"1"}},{"custom_request":{}},{"custom_request":{"_fname":"Nobody"}},{"custom_request":{"email":"left@example.com"}},{"custom_request":5},{"custom_request":{"email":"a@example.com"}}]}
            """);

        answer.Json["result"]!.AsArray().Count.ShouldBe(1, answer.Text);
        answer.Json["errors"]!.AsArray().Select(error => ((int)error!["index"]!, (int)error["error"]!)).ShouldBe([(0, 400), (1, 400), (2, 404), (3, 400), (4, 400)]);
        string Text(int index) => (string)answer.Json["errors"]![index]!["error_text"]!;
        Text(0).ShouldStartWith("Parameter 'custom_request': operator '$where' is not allowed");
        Text(1).ShouldStartWith("Parameter 'custom_request' is empty");
        Text(2).ShouldEndWith("matches 'custom_request'");
        Text(3).ShouldBe("No active subscriptions for trigger resource");
    }

    [Fact]
    public async Task Only_so_many_filters_of_a_call_look_at_every_profile()
    {
        await GivenThreeAsync();
        var items = new JsonArray([.. Enumerable.Range(0, 25).Select(number => (JsonNode)new JsonObject
        {
            ["custom_request"] = number % 2 == 0 ? new JsonObject { ["_fname"] = "Cat" } : new JsonObject { ["email"] = "c@example.com" },
        })]);

        var answer = await SendAsync(StartBatch, "trigger_id", new JsonObject { ["data"] = items }.ToJsonString());

        answer.Json["errors"]!.AsArray().Select(error => (int)error!["index"]!).ShouldBe([20, 22, 24]);
        ((string)answer.Json["errors"]![0]!["error_text"]!).ShouldContain("10 filters that look at every profile");
        answer.Json["result"]!.AsArray().Count.ShouldBe(22);
    }

    [Fact]
    public async Task Data_and_a_filter_for_the_whole_call_exclude_each_other()
    {
        var answer = await SendAsync(StartBatch, "trigger_id", """{"custom_request":{"_fname":"Ann"},"data":[{"email":"a@example.com"}]}""");
        (answer.Error, answer.ErrorText).ShouldBe((400, "Parameters 'data' and 'custom_request': only one of them can say whom to start for"));
    }

    [Fact]
    public async Task A_filter_that_finds_too_many_for_the_call_is_expanded_by_a_task_that_the_answer_names()
    {
        await GivenThreeAsync();
        await GivenManyAsync();

        var answer = await SendAsync(StartBatch, "trigger_id", """{"data":[{"email":"a@example.com"},{"custom_request":{"_vendor":"many"}}],"timeout":{"days":1}}""");

        answer.Json["result"]!.AsArray().Count.ShouldBe(1, answer.Text);
        var later = answer.Json["tasks"]!.AsArray().ShouldHaveSingleItem()!;
        ((int)later["index"]!).ShouldBe(1);
        (await _app.TaskAsync((string)later["task_id"]!)).Done.ShouldBe(Many);
        (await _app.CountAsync("messages")).ShouldBe(Many + 1);
        (await _app.CountAsync("(SELECT DISTINCT launch_id FROM messages) AS launches")).ShouldBe(1);
    }

    [Fact]
    public async Task The_items_of_a_task_tell_how_many_they_found_or_which_task_does_it()
    {
        await GivenThreeAsync();
        await GivenManyAsync();

        var answer = await SendAsync(StartBatchTask, "id", """{"data":[{"custom_request":{"_fname":"Ann"}},{"custom_request":{"_vendor":"many"}},{"custom_request":{"_fname":"Nobody"}}],"timeout":{"days":1}}""");

        var id = (string)answer.Json["data"]!["task_id"]!;
        (await _app.TaskAsync(id)).Failed.ShouldBe(1);
        var items = (await _app.PostAsync("tasks/status", new JsonObject { ["task_id"] = id })).Json["data"]!["result"]!["items"]!;
        ((int)items[0]!["launched"]!).ShouldBe(2);
        ((int)items[2]!["error"]!).ShouldBe(404);
        await _app.TaskAsync((string)items[1]!["task_id"]!);
        (await _app.CountAsync("messages")).ShouldBe(Many + 2);
    }

    [Fact]
    public async Task Whoever_changed_before_the_tasks_turn_is_looked_at_again()
    {
        await GivenThreeAsync();
        var kinds = (TaskKinds)_app.Services.GetService(typeof(TaskKinds))!;
        var run = kinds[Carillon.Triggers.TriggerTask.Start];
        kinds[Carillon.Triggers.TriggerTask.Start] = (_, _, _) => throw new InvalidOperationException("not yet");
        var answer = await SendAsync(StartBatchTask, "id", """{"data":[{"custom_request":{"_fname":"Ann"}}]}""");
        var id = (string)answer.Json["data"]!["task_id"]!;
        await _app.TaskAsync(id, task => task.Faults > 0);

        await _app.ImportAsync("b@example.com", """{"_fname":"Bea"}""");
        kinds[Carillon.Triggers.TriggerTask.Start] = run;
        _app.Advance(TimeSpan.FromMinutes(1));

        await _app.TaskAsync(id);
        (await _app.CountAsync("messages")).ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_task_for_everyone_is_the_expansion_itself(bool many)
    {
        await GivenThreeAsync();
        if (many) await GivenManyAsync();
        var body = many ? """{"custom_request":{"_vendor":"many"},"timeout":{"days":1},"content":{"a":1}}""" : """{"custom_request":{"_fname":"Ann"},"timeout":{"days":1},"content":{"a":1}}""";

        var answer = await SendAsync(StartBatchTask, "id", body, ("Request-ID", "one"));
        var again = await SendAsync(StartBatchTask, "id", body, ("Request-ID", "one"));

        again.Text.ShouldBe(answer.Text);
        var id = (string)answer.Json["data"]!["task_id"]!;
        (await _app.TaskAsync(id)).Kind.ShouldBe("launch_audience");
        (await _app.CountAsync("messages")).ShouldBe(many ? Many : 2);
        var launch = await _app.LaunchAsync(answer);
        ((int)launch["audience"]!["launched"]!).ShouldBe(many ? Many : 2);
        ((int)launch["content"]!["a"]!).ShouldBe(1);
        var message = launch["messages"]![0]!;
        (DateTimeOffset.Parse((string)message["run_at"]!) - DateTimeOffset.Parse((string)message["created"]!)).ShouldBe(TimeSpan.FromDays(1));
    }

    [Fact]
    public async Task A_task_for_nobody_is_refused_at_once()
    {
        await GivenThreeAsync();
        var answer = await SendAsync(StartBatchTask, "id", """{"custom_request":{"_fname":"Nobody"}}""");
        (answer.Error, answer.ErrorText).ShouldBe((404, "No profile of database 1 matches 'custom_request'"));
        (await _app.CountAsync("tasks")).ShouldBe(0);
    }

    private async Task GivenThreeAsync()
    {
        await _app.ImportAsync("a@example.com", """{"_fname":"Ann"}""");
        await _app.ImportAsync("b@example.com", """{"_fname":"Ann"}""");
        await _app.ImportAsync("c@example.com", """{"_fname":"Cat"}""");
    }

    private async Task GivenManyAsync()
    {
        var items = Enumerable.Range(0, Many).Select(number => (JsonNode)new JsonObject
        {
            ["email"] = $"many{number}@example.com", ["_vendor"] = "many", ["subscriptions"] = new JsonArray(Requests.EmailSubscription($"many{number}@example.com")),
        });
        (await _app.PostAsync("profiles/import_batch", new JsonObject { ["db_id"] = 1, ["data"] = new JsonArray([.. items]) })).Error.ShouldBe(0);
    }

    private Task<Answer> SendAsync(string method, string key, string body, params (string, string)[] headers)
    {
        var given = Requests.Json(body);
        given[key] = 96;
        return _app.PostAsync(method, given, headers);
    }
}
