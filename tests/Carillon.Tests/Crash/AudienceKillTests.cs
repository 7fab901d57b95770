using System.Globalization;
using System.Net.Http.Headers;
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
        var workspace = Path.Combine(folder, "workspace.yaml");
        await File.WriteAllTextAsync(workspace, WorkspaceText);
        var dice = new Random(20260222);
        var (launches, within) = (0, 0);
        rounds = int.TryParse(Environment.GetEnvironmentVariable("CARILLON_KILL_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : rounds;

        for (var round = 0; round < rounds; round++)
        {
            using var server = ServerProcess.Start(folder, workspace, database);
            using var http = await ClientAsync(server);
            if (round == 0) await ImportAsync(http);
            if (await countAsync("tasks WHERE state < 2") == 0)
            {
                await PostAsync(http, "campaigns/triggers/start", new JsonObject
                {
                    ["id"] = 96, ["custom_request"] = new JsonObject { ["_vendor"] = "many" }, ["content"] = new JsonObject { ["launch"] = launches },
                });
                launches++;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(1, database is null ? 200 : 600)), TimeProvider.System);
            await server.KillAsync();
            if (await countAsync("tasks WHERE state < 2 AND done > 0") > 0) within++;
        }

        using var last = ServerProcess.Start(folder, workspace, database);
        using var client = await ClientAsync(last);
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
        await PostAsync(http, "profiles/import_batch", new JsonObject { ["db_id"] = 1, ["data"] = new JsonArray([.. items]) });
    }

    private static async Task PostAsync(HttpClient http, string method, JsonObject body)
    {
        using var response = await http.PostAsync("api/v1.1/" + method, new StringContent(body.ToJsonString(), new MediaTypeHeaderValue("application/json")));
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        ((int)answer["error"]!).ShouldBe(0, answer.ToJsonString());
    }

    private static async Task<HttpClient> ClientAsync(ServerProcess server)
    {
        var http = new HttpClient { BaseAddress = await server.ListeningAsync() };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", LaunchLoad.Token);
        return http;
    }

    private static readonly string WorkspaceText = $$"""
        tokens: [{name: api, token: {{LaunchLoad.Token}}}]
        databases: [{id: 1, name: Customers}]
        resources: [{id: 21, name: Shop, databases: [1], channels: {email: {sender: 1, from_email: shop@example.com} } }]
        senders: [{id: 1, channel: email, type: smtp, host: 127.0.0.1, port: 1, tls: none}]
        templates: [{id: 5, name: Welcome, channels: {email: {subject: "Hello", text: "Hello"} } }]
        triggers: [{id: 96, name: Welcome, type: api_call, database: 1, resource: 21, channel: email, template: 5, active: true}]
        """;
}
