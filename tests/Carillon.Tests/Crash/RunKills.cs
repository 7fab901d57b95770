using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Crash;

/// <summary>
/// Nodes that move runs through a workflow of sends and waits, while one after the other is killed (SIGKILL) and started again: one node on SQLite, or three on
/// PostgreSQL.
/// </summary>
/// <remarks>
/// <code>
///   engage all by batches: they wait at a gate for a moment that they share -- how many are inside? -- the gate opens
///   (some more come) -- (random moment) SIGKILL one node -- what was on the wire? -- start it again -- the next
///   at the end: wait until all runs ended, read the steps
/// </code>
/// The moments are from a seed, so a failing run can be had again, as far as a machine repeats itself.
/// </remarks>
internal sealed class RunKills : IAsyncDisposable
{
    private const string Token = "2fefb577533d4cae919350c450755239";
    private const int Workflow = 20;
    private const int Clients = 6;
    private const int BatchItems = 250;
    private const double Lease = 2;
    private static readonly TimeSpan LongestDrain = TimeSpan.FromMinutes(15);
    /// <summary>For whom the gate is open already.</summary>
    private static readonly DateTimeOffset Open = DateTimeOffset.UnixEpoch;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("carillon-kill-runs-");
    /// <summary>Slow enough that something is on the wire at most kills.</summary>
    private readonly SmtpSink sink = new() { AnswersAfter = taken => taken % 3 == 0 ? TimeSpan.FromMilliseconds(taken % 7 + 1) : TimeSpan.Zero };
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly ConcurrentDictionary<string, string> engaged = new();
    private readonly HashSet<string> onWire = [];
    private readonly List<long> inside = [];
    private readonly List<long> steps = [];
    private readonly Random dice = new(20261121);
    private readonly ServerProcess?[] nodes;
    private readonly Uri?[] urls;
    private readonly int stages;
    private PostgresCluster? postgres;
    private int asked;

    private RunKills(int nodes, int stages, int seconds)
    {
        (this.nodes, urls, this.stages) = (new ServerProcess?[nodes], new Uri?[nodes], stages);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        File.WriteAllText(WorkspaceFile, Workspace(seconds));
    }

    /// <summary>The e-mails of profiles that were acknowledged, by the profiles' ids.</summary>
    public IReadOnlyDictionary<string, string> Engaged => engaged;
    /// <summary>The messages that the sink had taken at a kill, and of which the store did not know it.</summary>
    public IReadOnlySet<string> OnWire => onWire;
    /// <summary>How many runs were inside at each kill, counted in the store.</summary>
    public IReadOnlyList<long> Inside => inside;
    /// <summary>How many steps had been made at each kill.</summary>
    public IReadOnlyList<long> Steps => steps;
    public IReadOnlyList<SinkMail> Mails => sink.Mails;
    /// <summary>The steps of every run, as the graph has them, but for a wait at the gate.</summary>
    public string Path => "start:next gate:next one one:sent "
        + string.Concat(Enumerable.Range(1, stages).Select(stage => string.Create(CultureInfo.InvariantCulture, $"wait{stage} wait{stage}:next ab{stage}:B "))) + "two:next done";

    private string WorkspaceFile => System.IO.Path.Combine(folder.FullName, "workspace.yaml");

    /// <param name="stages">How often a run waits.</param>
    /// <param name="seconds">How long each time.</param>
    public static async Task<RunKills> StartAsync(bool onPostgres, int stages, int seconds)
    {
        var run = new RunKills(onPostgres ? 3 : 1, stages, seconds);
        if (onPostgres) run.postgres = await PostgresCluster.StartAsync(run.folder.CreateSubdirectory("postgres").FullName);
        for (var node = 0; node < run.nodes.Length; node++) await run.StartNodeAsync(node);
        return run;
    }

    /// <summary>Engages profiles by calls of many items, and returns when the gate opens for all of them at once.</summary>
    /// <returns>How many runs were inside before the gate opened, as a node tells it.</returns>
    public async Task<long> GatherAsync(int count)
    {
        // Enough to engage them beside other work; whoever comes too late goes through an open gate and is not counted.
        var opens = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(2) + TimeSpan.FromMilliseconds(5 * count);
        await Parallel.ForEachAsync(Enumerable.Range(1, count).Chunk(BatchItems), new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (numbers, _) => await EngageManyAsync(numbers, opens));
        asked = count;
        var gathered = await InsideAsync();
        if (opens - TimeProvider.System.GetUtcNow() is { Ticks: > 0 } left) await Task.Delay(left, TimeProvider.System);
        return gathered;
    }

    /// <summary>Engages profiles, and kills a node meanwhile or, if it comes to that, afterwards.</summary>
    public async Task KillAsync(int engage)
    {
        var until = engaged.Count + engage;
        var engaging = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(() => EngageAsync(until))));
        await PauseAsync(dice.Next(300, 1500));
        var node = dice.Next(nodes.Length);
        urls[node] = null;
        await nodes[node]!.KillAsync();
        nodes[node]!.Dispose();
        await LookAsync();
        await StartNodeAsync(node);
        await engaging;
    }

    /// <summary>Returns when every run has ended and every message has its verdict.</summary>
    public async Task DrainAsync()
    {
        using var patience = new CancellationTokenSource(LongestDrain, TimeProvider.System);
        while (await CountAsync("runs WHERE state = 0") + await CountAsync("messages WHERE state IN (0, 1)") > 0) await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, patience.Token);
    }

    /// <summary>The steps of each run, by the profile's id; a number with a gap or a twin is told as one.</summary>
    public async Task<IReadOnlyDictionary<string, string>> PathsAsync()
    {
        var paths = (await QueryAsync("SELECT profile_id FROM runs")).ToDictionary(id => id, _ => new List<string>());
        foreach (var row in await QueryAsync("""
            SELECT r.profile_id || ' ' || CAST(s.number AS text) || ' ' || s.node || ' ' || s.branch FROM runs r JOIN steps s ON s.shard = r.shard AND s.run_id = r.id ORDER BY r.id, s.number
            """))
        {
            var parts = row.Split(' ');
            var path = paths[parts[0]];
            var step = parts[3].Length == 0 ? parts[2] : $"{parts[2]}:{parts[3]}";
            path.Add(int.Parse(parts[1], CultureInfo.InvariantCulture) == path.Count + 1 ? step : $"{step} (number {parts[1]} after {path.Count})");
        }
        return paths.ToDictionary(pair => pair.Key, pair => string.Join(' ', pair.Value));
    }

    public string Said => string.Join("\n----\n", nodes.Select(node => node?.Said));

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes) node?.Dispose();
        http.Dispose();
        await sink.DisposeAsync();
        if (postgres is not null) await postgres.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private async Task EngageAsync(int until)
    {
        while (engaged.Count < until)
        {
            if (urls[Random.Shared.Next(urls.Length)] is { } url) await EngageAsync(url, Interlocked.Increment(ref asked));
            else await PauseAsync(20);
        }
    }

    private async Task EngageManyAsync(int[] numbers, DateTimeOffset opens)
    {
        var emails = Array.ConvertAll(numbers, Email);
        var answer = await PostAsync(urls[numbers[0] / BatchItems % urls.Length]!, "import_and_start_batch", new JsonObject { ["data"] = new JsonArray([.. emails.Select(email => (JsonNode)Item(email, opens))]) });
        foreach (var (done, email) in answer["result"]!.AsArray().Zip(emails)) engaged[(string)done!["profile_id"]!] = email;
    }

    private async Task EngageAsync(Uri server, int number)
    {
        var email = Email(number);
        try
        {
            var answer = await PostAsync(server, "import_and_start", Item(email, Open));
            engaged[(string)answer["profile_id"]!] = email;
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException)
        {
            // The node died, perhaps in the middle of an answer: it was not acknowledged, and may be engaged or not.
        }
    }

    private static string Email(int number) => string.Create(CultureInfo.InvariantCulture, $"a{number}@example.com");

    /// <param name="opens">Until when the run waits at the gate.</param>
    private static JsonObject Item(string email, DateTimeOffset opens) => new()
    {
        ["email"] = email, ["content"] = new JsonObject { ["marker"] = email, ["opens"] = opens.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) },
        ["data"] = new JsonObject { ["email"] = email, ["subscriptions"] = new JsonArray(Requests.EmailSubscription(email)) },
    };

    private async Task<JsonNode> PostAsync(Uri server, string method, JsonObject body)
    {
        (body["token"], body["workflow_id"], body["matching"]) = (Token, Workflow, "email");
        using var content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue("application/json"));
        using var response = await http.PostAsync(new Uri(server, "api/v1.1/workflows/" + method), content);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        ((int)answer["error"]!).ShouldBe(0, answer.ToJsonString());
        return answer;
    }

    private async Task<long> InsideAsync() =>
        (long)JsonNode.Parse(await http.GetStringAsync(new Uri(urls[0]!, string.Create(CultureInfo.InvariantCulture, $"api/v2/workflows/{Workflow}?token={Token}"))))!["runs"]!;

    private async Task LookAsync()
    {
        inside.Add(await CountAsync("runs WHERE state = 0"));
        steps.Add(await CountAsync("steps"));
        // What the dead node had sent may still be in the sink's buffers; with others alive, nothing is taken over so soon.
        if (nodes.Length == 1) await sink.WaitForAsync(() => sink.ConnectionsOpen == 0);
        else await PauseAsync(200);
        var undecided = await QueryAsync("SELECT id FROM messages WHERE state IN (0, 1) AND attempts > 0");
        onWire.UnionWith(undecided.Intersect(sink.Mails.Select(mail => KillRun.IdOf(mail.MessageId))));
    }

    private async Task StartNodeAsync(int node)
    {
        var own = postgres is null ? folder : folder.CreateSubdirectory(string.Create(CultureInfo.InvariantCulture, $"node{node}"));
        nodes[node] = ServerProcess.Start(own.FullName, WorkspaceFile, postgres?.Connection, Lease);
        urls[node] = await nodes[node]!.ListeningAsync();
    }

    private async Task<long> CountAsync(string from) => long.Parse((await QueryAsync("SELECT COUNT(*) FROM " + from))[0], CultureInfo.InvariantCulture);

    private Task<List<string>> QueryAsync(string sql) => postgres?.QueryAsync(sql) ?? Task.FromResult(Autopsy.Query(folder.FullName, sql));

    private static Task PauseAsync(int milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System);

    private string Workspace(int seconds) => $$"""
        tokens: [{name: api, token: {{Token}}}]
        databases: [{id: 1, name: Customers}]
        resources: [{id: 21, name: Shop, databases: [1], channels: {email: {sender: 1, from_email: shop@example.com} } }]
        senders: [{id: 1, channel: email, type: smtp, host: 127.0.0.1, port: {{sink.Port}}, tls: none, connections: 4}]
        templates:
          - {id: 5, name: One, channels: {email: {subject: "one {apicontent.marker}", text: "Hello"} } }
          - {id: 6, name: Two, channels: {email: {subject: "two {apicontent.marker}", text: "Hello"} } }
        workflows:
          - id: {{Workflow}}
            name: Killed
            database: 1
            active: true
            reentry: each
            nodes:
              - {id: start, type: start, next: gate}
              - {id: gate, type: wait_until, date: "{apicontent.opens}", next: one}
              - {id: one, type: send, channel: email, resource: 21, template: 5, sent: wait1, failed: lost, skipped: lost}
        {{string.Concat(Enumerable.Range(1, stages).Select(stage => Stage(stage, seconds)))}}
              - {id: two, type: send, channel: email, resource: 21, template: 6, next: done}
              - {id: done, type: exit}
              - {id: lost, type: exit}
        """;

    private string Stage(int stage, int seconds) => string.Create(CultureInfo.InvariantCulture, $$"""

              - {id: wait{{stage}}, type: wait, seconds: {{seconds}}, next: ab{{stage}}}
              - {id: ab{{stage}}, type: split, branches: [{name: A, percent: 0, next: lost}, {name: B, percent: 100, next: {{(stage == stages ? "two" : $"wait{stage + 1}")}}}]}
        """);
}
