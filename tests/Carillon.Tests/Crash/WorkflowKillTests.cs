using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Tests.Harness;
using Microsoft.Data.Sqlite;
using Xunit.Abstractions;

namespace Carillon.Tests.Crash;

/// <summary>
/// What is promised of a <c>kill -9</c> while runs are on their way: no run is lost, no step skipped or made twice, and no message sent twice but those on
/// the wire, which keep their Message-ID.
/// </summary>
/// <remarks>
/// The long form:
/// <code>CARILLON_KILL_RUNS=10000 CARILLON_KILL_ROUNDS=20 dotnet test tests/Carillon.Tests --filter FullyQualifiedName~WorkflowKill --logger "console;verbosity=detailed"</code>
/// </remarks>
public sealed class WorkflowKillTests(ITestOutputHelper output)
{
    private const string Token = "2fefb577533d4cae919350c450755239";
    private const string Path = "start:next one one:sent pause pause:next ab:B two:next done";
    private static readonly TimeSpan LongestDrain = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Kills_lose_no_run_skip_no_step_and_repeat_only_what_was_on_the_wire()
    {
        var (runs, rounds) = (Asked("CARILLON_KILL_RUNS", 300), Asked("CARILLON_KILL_ROUNDS", 4));
        var folder = Directory.CreateTempSubdirectory("carillon-kill-runs-");
        await using var sink = new SmtpSink();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var workspace = System.IO.Path.Combine(folder.FullName, "workspace.yaml");
        await File.WriteAllTextAsync(workspace, Workspace(sink.Port));
        ConcurrentDictionary<string, bool> acknowledged = new();
        var (next, dice, kills) = (0, new Random(20261121), 0);
        HashSet<string> onWire = [];
        try
        {
            // 1. Engage under kills, until all are inside and enough kills were made.
            while (acknowledged.Count < runs || kills < rounds)
            {
                var takenBefore = sink.Count;
                using var server = ServerProcess.Start(folder.FullName, workspace);
                var address = await server.ListeningAsync();
                var engaging = Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
                {
                    while (acknowledged.Count < runs && await EngageAsync(http, address, Interlocked.Increment(ref next)) is { } email) acknowledged[email] = true;
                })));
                await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(300, 1500)), TimeProvider.System);
                await server.KillAsync();
                await engaging;
                kills++;
                await sink.WaitForAsync(() => sink.ConnectionsOpen == 0);
                var claimed = Autopsy.Claimed(folder.FullName).Keys;
                onWire.UnionWith(sink.Mails.Skip(takenBefore).Select(mail => KillRun.IdOf(mail.MessageId)).Where(claimed.Contains));
            }

            // 2. Let it finish.
            using var last = ServerProcess.Start(folder.FullName, workspace);
            await last.ListeningAsync();
            using var patience = new CancellationTokenSource(LongestDrain, TimeProvider.System);
            while (Count(folder.FullName, "SELECT COUNT(*) FROM runs WHERE state = 0") + Autopsy.Undecided(folder.FullName) > 0) await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);

            // 3. What became of them?
            var paths = Paths(folder.FullName);
            var mails = sink.Mails.GroupBy(mail => mail.Header("Subject")).ToDictionary(same => same.Key, same => same.Select(mail => mail.MessageId).ToList());
            var repeated = mails.Values.Where(ids => ids.Count > 1).ToList();
            output.WriteLine($"kills {kills}, engaged {acknowledged.Count}, runs {paths.Count}, steps {paths.Values.Sum(path => path.Split(' ').Length)}, mails {sink.Count}, repeated {repeated.Sum(ids => ids.Count - 1)}, on the wire at the kills {onWire.Count}");

            acknowledged.Keys.Except(paths.Keys).ShouldBeEmpty("a run is lost");
            paths.Values.Distinct().ShouldBe([Path], "a step was skipped or made twice");
            foreach (var email in acknowledged.Keys)
            {
                mails.ShouldContainKey($"one {email}");
                mails.ShouldContainKey($"two {email}");
            }
            foreach (var ids in repeated)
            {
                ids.Distinct().Count().ShouldBe(1, "a repeated mail has the Message-ID of the first");
                onWire.ShouldContain(KillRun.IdOf(ids[0]));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static int Asked(string name, int usual) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : usual;

    /// <summary>The address when it was acknowledged; null when the server is gone.</summary>
    private static async Task<string?> EngageAsync(HttpClient http, Uri server, int number)
    {
        var email = $"a{number}@example.com";
        var body = new JsonObject
        {
            ["token"] = Token, ["workflow_id"] = 20, ["matching"] = "email", ["email"] = email, ["content"] = new JsonObject { ["marker"] = email },
            ["data"] = new JsonObject { ["email"] = email, ["subscriptions"] = new JsonArray(new JsonObject { ["resource_id"] = 21, ["channel"] = "email", ["email"] = email }) },
        };
        try
        {
            using var content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue("application/json"));
            using var response = await http.PostAsync(new Uri(server, "api/v1.1/workflows/import_and_start"), content);
            var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
            ((int)answer["error"]!).ShouldBe(0, answer.ToJsonString());
            return email;
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException)
        {
            return null;
        }
    }

    /// <summary>The steps of each run, by the profile's e-mail; numbers with gaps or twins would show as such.</summary>
    private static Dictionary<string, string> Paths(string folder)
    {
        Dictionary<string, List<string>> paths = [];
        using var connection = Open(folder);
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT json_extract(p.doc, '$.email'), s.number, s.node, s.branch FROM runs r JOIN profiles p ON p.id = r.profile_id JOIN steps s ON s.run_id = r.id ORDER BY r.id, s.number
            """;
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            var email = rows.GetString(0);
            if (!paths.TryGetValue(email, out var path)) paths[email] = path = [];
            rows.GetInt32(1).ShouldBe(path.Count + 1);
            path.Add(rows.GetString(3).Length == 0 ? rows.GetString(2) : $"{rows.GetString(2)}:{rows.GetString(3)}");
        }
        return paths.ToDictionary(pair => pair.Key, pair => string.Join(' ', pair.Value));
    }

    private static long Count(string folder, string query)
    {
        using var connection = Open(folder);
        using var command = connection.CreateCommand();
        command.CommandText = query;
        return (long)command.ExecuteScalar()!;
    }

    private static SqliteConnection Open(string folder)
    {
        SqliteLibrary.Choose();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = System.IO.Path.Combine(folder, "carillon.db"), Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static string Workspace(int port) => $$"""
        tokens: [{name: api, token: {{Token}}}]
        databases: [{id: 1, name: Customers}]
        resources: [{id: 21, name: Shop, databases: [1], channels: {email: {sender: 1, from_email: shop@example.com} } }]
        senders: [{id: 1, channel: email, type: smtp, host: 127.0.0.1, port: {{port}}, tls: none, connections: 4}]
        templates:
          - {id: 5, name: One, channels: {email: {subject: "one {apicontent.marker}", text: "Hello"} } }
          - {id: 6, name: Two, channels: {email: {subject: "two {apicontent.marker}", text: "Hello"} } }
        workflows:
          - id: 20
            name: Killed
            database: 1
            active: true
            nodes:
              - {id: start, type: start, next: one}
              - {id: one, type: send, channel: email, resource: 21, template: 5, sent: pause, failed: lost, skipped: lost}
              - {id: pause, type: wait, seconds: 2, next: ab}
              - {id: ab, type: split, branches: [{name: A, percent: 0, next: lost}, {name: B, percent: 100, next: two}]}
              - {id: two, type: send, channel: email, resource: 21, template: 6, next: done}
              - {id: done, type: exit}
              - {id: lost, type: exit}
        """;
}
