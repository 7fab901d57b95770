using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Queue;
using Carillon.Retention;
using Carillon.Storage;
using Carillon.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Carillon.Tests.Queue;

/// <summary>Stored tasks, with a kind that writes a row per item; the table would refuse an item that is done twice.</summary>
public sealed class TaskTests : IAsyncLifetime
{
    private const string Kind = "test";
    private CarillonApp _app = null!;
    private int _turns;

    public async Task InitializeAsync()
    {
        _app = await CarillonApp.StartAsync(logging: logging => logging.SetMinimumLevel(LogLevel.Error));
        Know(WriteItemsAsync);
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_task_is_done_piece_by_piece_and_tells_each_item()
    {
        var task = await GivenTaskAsync(450);

        (await _app.TaskAsync(task.Id)).Done.ShouldBe(450);

        _turns.ShouldBeGreaterThanOrEqualTo(450 / TaskStore.MaxPiece);
        (await WrittenAsync()).ShouldBe(Enumerable.Range(0, 450));
        var status = await StatusAsync(task);
        ((string)status["status"]!).ShouldBe("completed");
        ((int)status["progress"]!).ShouldBe(100);
        ((int)status["result"]!["total"]!).ShouldBe(450);
        status["result"]!["items"]!.AsArray().Select(item => (int)item!["index"]!).ShouldBe(Enumerable.Range(0, 450));
        status["result"]!["errors"]!.AsArray().ShouldBeEmpty();
        (await _app.CountAsync("task_input")).ShouldBe(0, "the input goes when the task ends");
    }

    [Fact]
    public async Task The_results_can_be_read_page_by_page()
    {
        var task = await GivenTaskAsync(450);
        await _app.TaskAsync(task.Id);

        List<int> read = [];
        for (long? from = 0; from is not null;)
        {
            var page = await StatusAsync(task, $$"""{"from_id":{{from}},"limit":130}""");
            read.AddRange(page["result"]!["items"]!.AsArray().Select(item => (int)item!["index"]!));
            from = (long?)page["next_from_id"];
        }

        read.ShouldBe(Enumerable.Range(0, 450));
    }

    [Fact]
    public async Task While_it_runs_it_tells_how_far_it_is()
    {
        var gate = new TaskCompletionSource();
        Know(async (session, turn, cancel) =>
        {
            if (turn.Task.Done > 0) await gate.Task.WaitAsync(CarillonApp.SafetyNet, cancel);
            return await WriteItemsAsync(session, turn, cancel);
        });
        var task = await GivenTaskAsync(800);

        await _app.TaskAsync(task.Id, now => now.Done == 200);
        var status = await StatusAsync(task);
        gate.SetResult();

        ((string)status["status"]!).ShouldBe("running");
        ((int)status["progress"]!).ShouldBe(25);
        ((int)status["result"]!["done"]!).ShouldBe(200);
        await _app.TaskAsync(task.Id);
    }

    [Fact]
    public async Task An_item_that_the_store_refuses_is_told_and_stops_no_other()
    {
        await GivenWrittenAsync(7);

        var task = await GivenTaskAsync(250);
        var done = await _app.TaskAsync(task.Id);

        done.Failed.ShouldBe(1);
        (await WrittenAsync()).ShouldBe(Enumerable.Range(0, 250));
        var error = (await StatusAsync(task))["result"]!["errors"]!.AsArray().ShouldHaveSingleItem()!;
        ((int)error["index"]!).ShouldBe(7);
        ((int)error["error"]!).ShouldBe(500);
    }

    [PostgresFact]
    public async Task Nobody_takes_a_task_that_is_in_the_middle_of_a_turn()
    {
        var (inside, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        Know(async (session, turn, cancel) =>
        {
            inside.TrySetResult();
            await gate.Task.WaitAsync(CarillonApp.SafetyNet, cancel);
            return await WriteItemsAsync(session, turn, cancel);
        });
        var task = await GivenTaskAsync(10);
        await inside.Task.WaitAsync(CarillonApp.SafetyNet);

        var taken = await _app.Database.WriteAsync(session => TaskStore.TakeAsync(session, task.Shard, task.Created + 1000, CancellationToken.None), CancellationToken.None);
        gate.SetResult();

        taken.ShouldBeNull();
        await _app.TaskAsync(task.Id);
        (await WrittenAsync()).ShouldBe(Enumerable.Range(0, 10));
    }

    [Fact]
    public async Task A_turn_that_fails_leaves_nothing_and_is_taken_again()
    {
        Know(async (session, turn, cancel) =>
        {
            var step = await WriteItemsAsync(session, turn, cancel);
            return turn.Most == 1 ? step : throw new InvalidOperationException("in the middle");
        });
        var task = await GivenTaskAsync(10);

        (await _app.TaskAsync(task.Id)).Done.ShouldBe(10);
        (await WrittenAsync()).ShouldBe(Enumerable.Range(0, 10));
        // A turn that shared its transaction with something else is done once more alone.
        _turns.ShouldBeInRange(11, 12, "after the fault an item at a time");
    }

    [Fact]
    public async Task What_fails_without_end_is_tried_later_and_later_and_then_given_up()
    {
        Know((_, _, _) => throw new InvalidOperationException("broken"));
        var task = await GivenTaskAsync(10);

        for (var fault = 1; fault < 12; fault++)
        {
            await _app.TaskAsync(task.Id, now => now.Faults == fault);
            ((string)(await StatusAsync(task))["reason"]!).ShouldContain("tried again");
            _app.Advance(TimeSpan.FromHours(2));
        }

        (await _app.TaskAsync(task.Id)).State.ShouldBe(TaskState.Failed);
        var status = await StatusAsync(task);
        ((string)status["status"]!).ShouldBe("failed");
        ((string)status["reason"]!).ShouldContain("too often");
    }

    [Fact]
    public async Task A_listener_that_fails_repeats_nothing()
    {
        Know(async (session, turn, cancel) => await WriteItemsAsync(session, turn, cancel) with { Committed = () => throw new InvalidOperationException("broken") });
        var task = await GivenTaskAsync(500);

        // The listener's fault also keeps the news of the turn from us, so the end is told by what was written.
        await UntilAsync(async () => (await _app.CountAsync("settings WHERE name LIKE 'item %'")) == 500);
        (await WrittenAsync()).ShouldBe(Enumerable.Range(0, 500));
        task.Total.ShouldBe(500);
    }

    [Fact]
    public async Task Short_tasks_do_not_wait_for_the_end_of_a_long_one()
    {
        List<string> order = [];
        Know(async (session, turn, cancel) =>
        {
            lock (order) order.Add(turn.Task.RequestId);
            return await WriteItemsAsync(session, turn, cancel);
        });
        var queue = _app.Services.GetRequiredService<TaskQueue>();
        var small = NewTask(10, "small");
        var large = NewTask(50 * TaskStore.MaxPiece, "large");
        (small, large) = (small with { Created = small.Created - 1 }, large with { Created = large.Created - 2 });
        await _app.Database.WriteAsync(async session =>
        {
            await TaskStore.InsertAsync(session, large, Items(50 * TaskStore.MaxPiece), CancellationToken.None);
            await TaskStore.InsertAsync(session, small, Items(10, first: 1_000_000), CancellationToken.None);
        }, CancellationToken.None);
        queue.Wake(large);

        await _app.TaskAsync(small.Id);
        await _app.TaskAsync(large.Id);

        order.IndexOf("small").ShouldBeInRange(0, 20, "the small one had its turn before the large one had all of its 50");
    }

    [Fact]
    public async Task A_stop_gives_it_back_and_the_next_start_goes_on_where_it_stood()
    {
        var second = new TaskCompletionSource();
        Know(async (session, turn, cancel) =>
        {
            var step = await WriteItemsAsync(session, turn, cancel);
            if (turn.Task.Done > 0) second.TrySetResult();
            return step;
        });
        var task = await GivenTaskAsync(60 * TaskStore.MaxPiece);
        await second.Task.WaitAsync(CarillonApp.SafetyNet);

        await _app.StopAsync();
        await _app.ReopenDatabaseAsync();
        var left = (await _app.Database.ReadAsync(session => TaskStore.FindAsync(session, _app.Database, task.Id, CancellationToken.None), CancellationToken.None))!;
        await _app.Database.DisposeAsync();
        left.State.ShouldBe(TaskState.Running);
        left.Done.ShouldBeInRange(200, 59 * 200);

        await _app.ReopenAsync();
        Know(WriteItemsAsync);
        // Until now it was left to a process that knows the kind.
        _app.Advance(TimeSpan.FromMinutes(1));
        await _app.TaskAsync(task.Id);
        (await WrittenAsync()).Count.ShouldBe(60 * TaskStore.MaxPiece);
    }

    [Fact]
    public async Task Finished_tasks_go_after_a_week()
    {
        var task = await GivenTaskAsync(10);
        await _app.TaskAsync(task.Id);
        _app.Advance(TimeSpan.FromDays(6));
        ((string)(await StatusAsync(task))["status"]!).ShouldBe("completed");

        await _app.Services.GetRequiredService<Cleaner>().CleanAsync(CancellationToken.None);
        (await _app.CountAsync("tasks")).ShouldBe(1);

        _app.Clock.Advance(TimeSpan.FromDays(1) + TimeSpan.FromMilliseconds(1));
        await _app.Services.GetRequiredService<Cleaner>().CleanAsync(CancellationToken.None);
        (await _app.CountAsync("tasks")).ShouldBe(0);
        (await _app.CountAsync("task_results")).ShouldBe(0);
        (await _app.PostAsync("tasks/status", new JsonObject { ["task_id"] = task.Id })).Error.ShouldBe(404);
    }

    [Fact]
    public async Task Far_beyond_the_end_there_is_nothing_and_nothing_more()
    {
        var task = await GivenTaskAsync(10);
        await _app.TaskAsync(task.Id);

        var page = await StatusAsync(task, """{"from_id":2147483647}""");

        page["result"]!["items"]!.AsArray().ShouldBeEmpty();
        page.ContainsKey("next_from_id").ShouldBeFalse();
    }

    [Theory]
    [InlineData("""{}""", 400, "'task_id' is required")]
    [InlineData("""{"task_id":"0123456789abcdef01234567"}""", 404, "There is no task 0123456789abcdef01234567")]
    [InlineData("""{"task_id":"x","limit":0}""", 400, "'limit' must be between 1 and 10000")]
    [InlineData("""{"task_id":"x","from_id":-1}""", 400, "'from_id' must be")]
    public async Task The_status_of_what_is_not_there_is_refused(string body, int error, string text)
    {
        var answer = await _app.PostAsync("tasks/status", Requests.Json(body));
        answer.Error.ShouldBe(error);
        answer.ErrorText.ShouldContain(text);
    }

    private void Know(RunTask run) => _app.Services.GetRequiredService<TaskKinds>()[Kind] = run;

    private async Task<StoredTask> GivenTaskAsync(int items)
    {
        var task = NewTask(items);
        await _app.Services.GetRequiredService<TaskQueue>().EnqueueAsync(task, Items(items), CancellationToken.None);
        return task;
    }

    private StoredTask NewTask(int items, string requestId = "r") =>
        _app.Services.GetRequiredService<TaskQueue>().New(Kind, "examples", requestId, new JsonObject { ["source_id"] = 1 }, items);

    private static IEnumerable<JsonNode> Items(int count, int first = 0) => Enumerable.Range(first, count).Select(item => (JsonNode)new JsonObject { ["item"] = item });

    private async Task<TaskStep> WriteItemsAsync(Session session, TaskTurn turn, CancellationToken cancel)
    {
        Interlocked.Increment(ref _turns);
        var first = turn.Task.Cursor.Length == 0 ? 0 : long.Parse(turn.Task.Cursor, CultureInfo.InvariantCulture);
        var items = await TaskStore.ReadItemsAsync(session, turn.Task, first, turn.Most, cancel);
        if (turn.Fault is not null) return Step(turn, first, 1, [new TaskResult(first, 500, "refused", null)]);
        foreach (var item in items) await WriteAsync(session, (int)item!["item"]!, cancel);
        return Step(turn, first, items.Count, [.. items.Select((_, index) => new TaskResult(first + index, 0, "", null))]);
    }

    private static TaskStep Step(TaskTurn turn, long first, int done, IReadOnlyList<TaskResult> results) => new()
    {
        Cursor = first + done < turn.Task.Total ? (first + done).ToString(CultureInfo.InvariantCulture) : null, Done = done, Results = results,
    };

    private static Task WriteAsync(Session session, int item, CancellationToken cancel) => session.ExecuteAsync(
        "INSERT INTO settings (name, value) VALUES (@name, '')", cancel, ("name", $"item {item.ToString("D8", CultureInfo.InvariantCulture)}"));

    private Task GivenWrittenAsync(int item) => _app.Database.WriteAsync(session => WriteAsync(session, item, CancellationToken.None), CancellationToken.None);

    private Task<List<int>> WrittenAsync() => _app.Database.ReadAsync(session => session.QueryAsync(
        "SELECT name FROM settings WHERE name LIKE 'item %' ORDER BY name", row => int.Parse(row.GetString(0).AsSpan(5), CultureInfo.InvariantCulture), CancellationToken.None), CancellationToken.None);

    private async Task<JsonObject> StatusAsync(StoredTask task, string more = "{}")
    {
        var body = Requests.Json(more);
        body["task_id"] = task.Id;
        var answer = await _app.PostAsync("tasks/status", body);
        answer.Error.ShouldBe(0, answer.Text);
        return (JsonObject)answer.Json["data"]!;
    }

    /// <summary>Waits for what gives no signal, by asking the store again and again.</summary>
    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = new CancellationTokenSource(CarillonApp.SafetyNet);
        while (!await holds())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static Task UntilAsync(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));
}
