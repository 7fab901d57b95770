using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Tests.Harness;
using Xunit.Abstractions;

namespace Carillon.Tests.Crash;

/// <summary>
/// A server that is killed (SIGKILL) again and again while it expands the audience of a launch: everyone whom the filter finds is launched to, each once.
/// The moments are from a seed; <c>CARILLON_KILL_ROUNDS</c> makes the run as long as wanted.
/// </summary>
public sealed class AudienceKillTests(ITestOutputHelper output)
{
    private const int Profiles = 8000;
    private const int Others = 500;
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Kills_while_an_audience_is_expanded_neither_miss_nor_repeat_a_profile()
    {
        var folder = Directory.CreateTempSubdirectory("carillon-kill-");
        await SufferAsync(folder.FullName, database: null, from => Task.FromResult(Autopsy.Count(folder.FullName, from)), rounds: 8);
        folder.Delete(recursive: true);
    }

    [PostgresFact]
    public async Task Kills_on_PostgreSQL_neither_miss_nor_repeat_a_profile()
    {
        var folder = Directory.CreateTempSubdirectory("carillon-kill-");
        var store = Directory.CreateTempSubdirectory("carillon-pg-");
        await using (var cluster = await PostgresCluster.StartAsync(store.FullName))
        {
            await SufferAsync(folder.FullName, cluster.Connection, async from => long.Parse((await cluster.QueryAsync("SELECT COUNT(*) FROM " + from)).Single(), CultureInfo.InvariantCulture), rounds: 5);
        }
        store.Delete(recursive: true);
        folder.Delete(recursive: true);
    }

    private async Task SufferAsync(string folder, string? database, Func<string, Task<long>> countAsync, int rounds)
    {
        // Nobody answers there: what is launched stays.
        var workspace = Shop.Write(folder, Shop.Smtp(port: 1, connections: 1));
        var dice = new Random(20260222);
        var (launches, within) = (0, 0);
        rounds = Asked.Rounds(rounds);

        for (var round = 0; round < rounds; round++)
        {
            using var server = ServerProcess.Start(folder, workspace, database);
            using var http = await server.ClientAsync();
            if (round == 0) await ImportAsync(http);
            if (await countAsync("tasks WHERE state < 2") == 0)
            {
                await http.CallAsync("campaigns/triggers/start", new JsonObject
                {
                    ["id"] = Shop.Repeats, ["custom_request"] = new JsonObject { ["_vendor"] = "many" }, ["content"] = new JsonObject { ["launch"] = launches },
                });
                launches++;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(1, database is null ? 200 : 600)), TimeProvider.System);
            await server.KillAsync();
            if (await countAsync("tasks WHERE state < 2 AND done > 0") > 0) within++;
        }

        using var last = ServerProcess.Start(folder, workspace, database);
        using var client = await last.ClientAsync();
        using var patience = new CancellationTokenSource(LongestDrain, TimeProvider.System);
        while (await countAsync("tasks WHERE state < 2") > 0) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        await last.KillAsync();

        output.WriteLine($"launches to {Profiles} profiles {launches}, kills {rounds} ({within} in the middle of an audience), messages {await countAsync("messages")}");
        within.ShouldBeGreaterThan(0, "no kill came in the middle of an audience");
        (await countAsync("tasks WHERE state = 2")).ShouldBe(launches);
        (await countAsync("messages")).ShouldBe(launches * Profiles, "each launch made a message for each profile that matches");
        (await countAsync("(SELECT DISTINCT launch_id, profile_id FROM messages) AS told")).ShouldBe(launches * Profiles, "and no profile has two of one launch");
    }

    private static async Task ImportAsync(HttpClient http)
    {
        var items = Enumerable.Range(0, Profiles + Others).Select(number => (JsonNode)new JsonObject
        {
            ["email"] = $"p{number}@example.com", ["_vendor"] = number < Profiles ? "many" : "few", ["subscriptions"] = new JsonArray(Requests.EmailSubscription($"p{number}@example.com")),
        });
        await http.CallAsync("profiles/import_batch", new JsonObject { ["db_id"] = 1, ["data"] = new JsonArray([.. items]) });
    }
}
