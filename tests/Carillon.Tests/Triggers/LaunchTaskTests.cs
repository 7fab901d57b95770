using System.Text.Json.Nodes;
using Carillon.Queue;
using Carillon.Tests.Harness;
using Carillon.Triggers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Carillon.Tests.Triggers;

/// <summary>Both batch methods as tasks: the call is answered at once, and the items are launched afterwards.</summary>
public sealed class LaunchTaskTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync(logging: logging => logging.SetMinimumLevel(LogLevel.None));

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task The_items_of_an_import_task_are_launched_and_told_by_its_status()
    {
        var answer = await ImportTaskAsync(450, """{"content":{"email_title":"News"},"timeout":{"minutes":5}}""", wrong: 333);
        answer.Error.ShouldBe(0, answer.Text);
        var id = (string)answer.Json["data"]!["task_id"]!;

        var done = await _app.TaskAsync(id);

        (done.State, done.Done, done.Failed).ShouldBe((TaskState.Done, 450, 1));
        var status = (await _app.PostAsync("tasks/status", new JsonObject { ["task_id"] = id })).Json["data"]!;
        ((string)status["status"]!).ShouldBe("completed");
        ((string)status["result"]!["type"]!).ShouldBe("import_and_start_batch");
        ((int)status["result"]!["source_id"]!).ShouldBe(96);
        var error = status["result"]!["errors"]!.AsArray().ShouldHaveSingleItem()!;
        ((int)error["index"]!).ShouldBe(333);
        ((int)error["error"]!).ShouldBe(400);
        var items = status["result"]!["items"]!.AsArray();
        items.Count.ShouldBe(450);
        ((string)items[7]!["profile_id"]!).ShouldBe((string)(await _app.ProfileAsync("email", "email", "p7@example.com"))["id"]!);
        (await _app.CountAsync("messages WHERE priority = 2")).ShouldBe(449);
        var launch = await _app.LaunchAsync(answer);
        launch["messages"]!.AsArray().Count.ShouldBe(449);
        var message = launch["messages"]![0]!;
        (DateTimeOffset.Parse((string)message["run_at"]!) - DateTimeOffset.Parse((string)message["created"]!)).ShouldBe(TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task A_start_task_names_the_trigger_by_id_and_sends()
    {
        await _app.ImportAsync("a@example.com");
        var answer = await _app.PostAsync("campaigns/triggers/start_batch_task", Requests.Json("""{"id":96,"matching":"email","data":[{"email":"a@example.com"},{"email":"nobody@example.com"}]}"""));

        var done = await _app.TaskAsync((string)answer.Json["data"]!["task_id"]!);

        done.Failed.ShouldBe(1);
        await _app.Sink.WaitForAsync(1);
        _app.Sink.Mails.ShouldHaveSingleItem().To.ShouldBe("a@example.com");
    }

    [Fact]
    public async Task A_repeated_task_call_gets_the_first_task()
    {
        var first = await ImportTaskAsync(3, "{}", requestId: "r1");
        var second = await ImportTaskAsync(3, "{}", requestId: "r1");

        second.Text.ShouldBe(first.Text);
        second.Headers["Duplicate-Request"].ShouldBe("true");
        await _app.TaskAsync((string)first.Json["data"]!["task_id"]!);
        (await _app.CountAsync("tasks")).ShouldBe(1);
        (await _app.CountAsync("messages")).ShouldBe(3);
    }

    [Fact]
    public async Task What_was_accepted_is_launched_though_the_trigger_was_stopped_meanwhile()
    {
        var (id, mend) = await WaitingTaskAsync();
        await _app.PostAsync("campaigns/deactivate", Requests.Json("""{"id":96}"""));

        mend();
        _app.Advance(TimeSpan.FromMinutes(1));

        (await _app.TaskAsync(id)).Failed.ShouldBe(0);
        await _app.Sink.WaitForAsync(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_waits_for_a_trigger_that_was_dropped_meanwhile_is_told_as_refused_also_when_it_goes_on(bool goesOn)
    {
        var (id, mend) = await WaitingTaskAsync();
        await _app.PostAsync("campaigns/deactivate", Requests.Json("""{"id":96,"abort_if_running":true}"""));
        if (goesOn) await _app.PostAsync("campaigns/activate", Requests.Json("""{"id":96}"""));

        mend();
        _app.Advance(TimeSpan.FromMinutes(1));

        (await _app.TaskAsync(id)).Failed.ShouldBe(1);
        var status = (await _app.PostAsync("tasks/status", new JsonObject { ["task_id"] = id })).Json["data"]!;
        ((string)status["result"]!["errors"]![0]!["error_text"]!).ShouldBe("the trigger was stopped, and what waited was dropped");
        (await _app.CountAsync("messages")).ShouldBe(0);
    }

    [Fact]
    public async Task What_a_task_launches_is_as_old_as_its_call()
    {
        var called = _app.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var (id, mend) = await WaitingTaskAsync();
        mend();
        _app.Advance(TimeSpan.FromMinutes(1));

        await _app.TaskAsync(id);
        (await _app.CountAsync($"messages WHERE created = {called}")).ShouldBe(1);
    }

    [Fact]
    public async Task What_another_process_changed_a_moment_ago_counts_in_the_next_turn()
    {
        await _app.ChangeElsewhereAsync(before => WriteTrigger.Activate(before, 96, active: false, droppedAt: _app.Clock.GetUtcNow()));

        var answer = await ImportTaskAsync(1, "{}");

        answer.Error.ShouldBe(0, answer.Text);
        (await _app.TaskAsync((string)answer.Json["data"]!["task_id"]!)).Failed.ShouldBe(1);
        (await _app.CountAsync("messages")).ShouldBe(0);
    }

    [PostgresFact]
    public async Task A_worker_of_another_process_starts_at_once_what_was_activated_a_moment_ago()
    {
        await using var app = await CarillonApp.StartAsync(settings: new Carillon.Commands.Settings { Role = "api", Database = "x" });
        await app.StoreAsync(Crowd.Of(app, 1300));
        await app.ImportAsync("a@example.com");
        var worker = await app.AddNodeAsync("worker", app.Clock);
        var made = (int)(await app.PostAsync("campaigns/triggers/clone", Requests.Json("""{"id":96,"name":"Made"}"""))).Json["data"]!["saved_id"]!;
        await app.PostAsync("campaigns/activate", new JsonObject { ["id"] = made });
        await app.PostAsync("campaigns/activate", new JsonObject { ["id"] = 97 });

        var some = await app.PostAsync("campaigns/triggers/start_batch_task", Requests.Json("""{"id":97,"data":[{"email":"a@example.com"}]}"""));
        var many = await app.PostAsync("campaigns/triggers/start", new JsonObject { ["id"] = made, ["custom_request"] = new JsonObject { ["_vendor"] = "many" } });
        worker.Services.GetRequiredService<QueueSignal>().Wake(QueueSignal.Tasks, 0);

        (await app.TaskAsync((string)some.Json["data"]!["task_id"]!, worker: worker.Services)).Failed.ShouldBe(0);
        (await app.TaskAsync((string)(await app.LaunchAsync(many))["audience"]!["task_id"]!, worker: worker.Services)).Done.ShouldBe(1300);
        (await app.CountAsync("messages")).ShouldBe(1300);
    }

    /// <summary>A task with one item that had no turn yet, and how to let it.</summary>
    private async Task<(string Id, Action Mend)> WaitingTaskAsync()
    {
        var mend = _app.BreakTasks(TriggerTask.ImportAndStart);
        var id = (string)(await ImportTaskAsync(1, "{}")).Json["data"]!["task_id"]!;
        await _app.TaskAsync(id, task => task.Faults > 0);
        return (id, mend);
    }

    [Fact]
    public async Task In_XML_the_task_is_accepted_alike()
    {
        var answer = await _app.PostXmlAsync("campaigns/triggers/import_and_start_batch_task", $"""
            <xml><token>{CarillonApp.Token}</token><trigger_id>96</trigger_id>
            <data><email>a@example.com</email><subscriptions><email>a@example.com</email><resource_id>21</resource_id></subscriptions></data></xml>
            """);
        answer.Text.ShouldMatch("^<xml><data><task_id>[0-9a-f]{24}</task_id></data><error>0</error><error_text>Successful operation</error_text></xml>$");
        await _app.Sink.WaitForAsync(1);
    }

    private async Task<Answer> ImportTaskAsync(int count, string more, int wrong = -1, string? requestId = null)
    {
        var body = Requests.Json(more);
        body["trigger_id"] = 96;
        body["data"] = new JsonArray([.. Enumerable.Range(0, count).Select(number => (JsonNode)new JsonObject
        {
            ["data"] = new JsonObject { ["email"] = number == wrong ? "wrong" : $"p{number}@example.com", ["subscriptions"] = new JsonArray(Requests.EmailSubscription($"p{number}@example.com")) },
        })]);
        return await _app.PostAsync("campaigns/triggers/import_and_start_batch_task", body, requestId is null ? [] : [("Request-ID", requestId)]);
    }
}
