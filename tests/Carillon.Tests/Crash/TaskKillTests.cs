using System.Text.Json.Nodes;
using Carillon.Tests.Harness;
using Xunit.Abstractions;

namespace Carillon.Tests.Crash;

/// <summary>
/// A server that is killed (SIGKILL) again and again while it works on a task: each item is launched exactly once, and the task tells each.
/// The moments are from a seed; <c>CARILLON_KILL_ROUNDS</c> makes the run as long as wanted.
/// </summary>
public sealed class TaskKillTests(ITestOutputHelper output)
{
    private const int Items = 6000;
    /// <summary>Enough for the background, and for some turns there.</summary>
    private const int Audience = 3000;
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Kills_while_a_task_runs_neither_miss_nor_repeat_an_item()
    {
        var folder = Directory.CreateTempSubdirectory("carillon-kill-");
        var workspace = Shop.Write(folder.FullName, more: Workflow);
        var dice = new Random(20260222);
        var tasks = new List<string>();
        var (rounds, within) = (Asked.Rounds(8), 0);

        for (var round = 0; round < rounds; round++)
        {
            using var server = ServerProcess.Start(folder.FullName, workspace);
            using var http = await server.ClientAsync();
            if (tasks.Count == 0 || await DoneAsync(http, tasks[^1]) == Items) tasks.Add(await EnqueueAsync(http, tasks.Count));
            await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(1, 250)), TimeProvider.System);
            await server.KillAsync();
            if (Autopsy.Count(folder.FullName, "tasks WHERE state < 2 AND done > 0") > 0) within++;
        }

        using var last = ServerProcess.Start(folder.FullName, workspace);
        using var client = await last.ClientAsync();
        using var patience = new CancellationTokenSource(LongestDrain, TimeProvider.System);
        while (await DoneAsync(client, tasks[^1]) < Items) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);

        var told = new List<string>();
        foreach (var task in tasks)
        {
            var status = await StatusAsync(client, task);
            ((string)status["status"]!).ShouldBe("completed");
            told.AddRange(status["result"]!["items"]!.AsArray().Select(item => (string)item!["profile_id"]!));
        }
        output.WriteLine($"tasks {tasks.Count}, kills {rounds} ({within} in the middle of a task), items {told.Count}, messages {Autopsy.Count(folder.FullName, "messages")}");
        await last.KillAsync();

        told.Count.ShouldBe(tasks.Count * Items);
        told.Distinct().Count().ShouldBe(told.Count);
        Autopsy.Count(folder.FullName, "messages").ShouldBe(told.Count, "each item launched one message");
        Autopsy.Count(folder.FullName, "(SELECT DISTINCT contact FROM messages)").ShouldBe(told.Count, "and each another one");
        within.ShouldBeGreaterThan(0, "no kill came in the middle of a task");
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Kills_while_an_audience_is_engaged_neither_miss_nor_repeat_a_profile()
    {
        var folder = Directory.CreateTempSubdirectory("carillon-kill-");
        var workspace = Shop.Write(folder.FullName, more: Workflow);
        var dice = new Random(20260223);
        var (rounds, launches, within) = (Asked.Rounds(4), 0, 0);

        for (var round = 0; round < rounds; round++)
        {
            using var server = ServerProcess.Start(folder.FullName, workspace);
            using var http = await server.ClientAsync();
            if (round == 0) await http.CallAsync("profiles/import_batch", new JsonObject { ["db_id"] = 1, ["data"] = new JsonArray([.. Enumerable.Range(0, Audience).Select(item => (JsonNode)new JsonObject { ["email"] = $"w{item}@example.com" })]) });
            if (Autopsy.Count(folder.FullName, "tasks WHERE state < 2") == 0)
            {
                await http.CallAsync("workflows/start", Requests.Json("""{"id":20,"custom_request":{"email":{"$regex":"^w"}}}"""), ("Request-ID", $"launch {launches++}"));
            }
            // However slow the machine is, it is killed at work.
            var before = Autopsy.Count(folder.FullName, "runs");
            while (Autopsy.Count(folder.FullName, "runs") == before) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(1, 30)), TimeProvider.System);
            await server.KillAsync();
            if (Autopsy.Count(folder.FullName, "tasks WHERE state < 2 AND done > 0") > 0) within++;
        }

        using var last = ServerProcess.Start(folder.FullName, workspace);
        await last.ListeningAsync();
        using var patience = new CancellationTokenSource(LongestDrain, TimeProvider.System);
        while (Autopsy.Count(folder.FullName, "tasks WHERE state < 2") > 0) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        await last.KillAsync();

        var runs = Autopsy.Count(folder.FullName, "runs");
        output.WriteLine($"audiences {launches} of {Audience}, kills {rounds} ({within} in the middle of an audience), runs {runs}");
        runs.ShouldBe(launches * Audience, "each launch engaged everyone");
        Autopsy.Count(folder.FullName, "(SELECT DISTINCT launch_id, profile_id FROM runs)").ShouldBe(runs, "and nobody twice");
        within.ShouldBeGreaterThan(0, "no kill came in the middle of an audience");
        folder.Delete(recursive: true);
    }

    private static async Task<string> EnqueueAsync(HttpClient http, int number)
    {
        var body = new JsonObject
        {
            ["trigger_id"] = Shop.Repeats, ["timeout"] = new JsonObject { ["days"] = 1 },
            ["data"] = new JsonArray([.. Enumerable.Range(0, Items).Select(item => (JsonNode)new JsonObject
            {
                ["email"] = $"t{number}.{item}@example.com", ["subscriptions"] = new JsonArray(Requests.EmailSubscription($"t{number}.{item}@example.com")),
            })]),
        };
        var answer = await http.CallAsync("campaigns/triggers/import_and_start_batch_task", body);
        return (string)answer["data"]!["task_id"]!;
    }

    private static async Task<int> DoneAsync(HttpClient http, string task) => (int)(await StatusAsync(http, task, 1))["result"]!["done"]!;

    private static async Task<JsonNode> StatusAsync(HttpClient http, string task, int limit = Items) =>
        (await http.CallAsync("tasks/status", new JsonObject { ["task_id"] = task, ["limit"] = limit }))["data"]!;

    private const string Workflow = """
        workflows: [{id: 20, name: Many, database: 1, active: true, reentry: each, nodes: [{id: start, type: start, next: pause}, {id: pause, type: wait, days: 1}]}]
        """;
}
