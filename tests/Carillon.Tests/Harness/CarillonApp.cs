using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Carillon.Api;
using Carillon.Commands;
using Carillon.Delivery;
using Carillon.Outbox;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;
using Carillon.Workflows;
using Carillon.Workspace;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Carillon.Tests.Harness;

/// <summary>
/// The whole server on a fresh database and a free port, with a clock that only the test moves and a real SMTP listener
/// that its sender 2 points to.
/// </summary>
public sealed class CarillonApp : IAsyncDisposable
{
    /// <summary>The token of the documented examples.</summary>
    public const string Token = "abcdefghijklmnqrstuvwxyz";

    /// <summary>Time that no test should need; only so that a broken one ends.</summary>
    public static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(30);

    private readonly TestStore _store = new();
    private readonly List<Recorded> _verdicts = [];
    private readonly List<(Func<IReadOnlyList<Recorded>, bool> Holds, TaskCompletionSource Signal)> _waiting = [];
    private Settings _settings = new();
    private Action<ILoggingBuilder> _logging = logging => logging.SetMinimumLevel(LogLevel.Warning);
    private readonly List<WebApplication> _nodes = [];
    private WebApplication? _app;
    private Database _product = null!;
    private bool _isFragile;

    private CarillonApp()
    {
    }

    public FakeClock Clock { get; } = new();
    public SmtpSink Sink { get; } = new();
    public HttpClient Http { get; private set; } = null!;
    /// <summary>The store, for the eyes of a test: in the distributed mode its statements are not looked at.</summary>
    public Database Database { get; private set; } = null!;
    public IServiceProvider Services => _app!.Services;

    /// <summary>What the product works on, where the test asked for a store that can go away.</summary>
    public FragileDatabase Fragile => (FragileDatabase)_product;

    /// <param name="change">Changes the text of the usual workspace file.</param>
    /// <param name="implicitWindow">Seconds in which a call with the same body counts as a repeat. Off, for the clock stands still and tests
    /// mean what they say twice.</param>
    public static async Task<CarillonApp> StartAsync(Func<string, string>? change = null, Settings? settings = null, Action<ILoggingBuilder>? logging = null, int implicitWindow = 0, bool fragile = false)
    {
        settings ??= new Settings();
        var app = new CarillonApp { _settings = settings with { Api = settings.Api with { Deduplication = settings.Api.Deduplication with { ImplicitWindow = implicitWindow } } } };
        if (logging is not null) app._logging = logging;
        app._isFragile = fragile;
        var yaml = Repository.Read("tests/Carillon.Tests/Harness/workspace.yaml").Replace("port: 2525", $"port: {app.Sink.Port}", StringComparison.Ordinal);
        await app.OpenAsync();
        await app.ApplyAsync(change?.Invoke(yaml) ?? yaml);
        await app.ListenAsync();
        return app;
    }

    public async Task ApplyAsync(string yaml)
    {
        var parsed = WorkspaceFile.Parse(yaml, Apply.CheckTemplate);
        parsed.Errors.ShouldBeEmpty();
        var result = await new ApplyWorkspace(_product, Graph.Check, Clock).RunAsync(parsed.File!, CancellationToken.None);
        result.Errors.ShouldBeEmpty();
        if (_app is not null) await Services.GetRequiredService<WorkspaceSource>().RefreshIfChangedAsync(CancellationToken.None);
    }

    /// <summary>Another process on the same store; for PostgreSQL only.</summary>
    /// <param name="time">The machine's clock when absent.</param>
    public async Task<WebApplication> AddNodeAsync(string role, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        var node = Server.Build(_settings with { Urls = "http://127.0.0.1:0", Role = role }, await _store.OpenAsync(time), time, _logging);
        _nodes.Add(node);
        await node.StartAsync();
        return node;
    }

    /// <summary>Stops as an operator would and starts again on the same data.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await ReopenAsync();
    }

    /// <summary>Starts again on the data of a server that was stopped.</summary>
    public async Task ReopenAsync()
    {
        await OpenAsync();
        await ListenAsync();
    }

    /// <summary>Opens the data alone, to look at it or to change it behind the server's back.</summary>
    public async Task ReopenDatabaseAsync() => Database = await _store.OpenUnwatchedAsync(Clock);

    public async Task StopAsync()
    {
        Http.Dispose();
        await _app!.StopAsync();
        await _app.DisposeAsync();
        _app = null;
        if (TestStore.IsDistributed) await Database.DisposeAsync();
    }

    /// <summary>Changes the stored workspace as another process would: this one has not heard of it yet, and as its clock stands still it does not look.</summary>
    public async Task ChangeElsewhereAsync(Func<WorkspaceModel, WorkspaceChange> decide)
    {
        var elsewhere = new ChangeWorkspace(_product, Services.GetRequiredService<AnswerStore>(), new WorkspaceSource(_product, Clock), Graph.Check, Clock);
        (await elsewhere.RunAsync("another process", (before, _) => decide(before))).Refusal.ShouldBeNull();
    }

    /// <summary>Moves the clock, and has the queues look for what became due.</summary>
    public void Advance(TimeSpan by)
    {
        Clock.Advance(by);
        WakeQueues();
    }

    public void WakeQueues()
    {
        var signal = Services.GetRequiredService<QueueSignal>();
        foreach (var sender in Services.GetRequiredService<WorkspaceSource>().Current.Senders.Keys)
        {
            for (short shard = 0; shard < Database.Shards; shard++) signal.Wake(sender, shard);
        }
        for (short shard = 0; shard < Database.Shards; shard++) Services.GetRequiredService<RunSignal>().Wake(shard);
        signal.Wake(QueueSignal.Tasks, 0);
    }

    /// <summary>Waits until so many verdicts were written down in all.</summary>
    public Task VerdictsAsync(int count) => VerdictsAsync(verdicts => verdicts.Count >= count);

    public Task VerdictsAsync(Func<IReadOnlyList<Recorded>, bool> holds)
    {
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_verdicts) _waiting.Add((holds, signal));
        Noticed([]);
        return signal.Task.WaitAsync(SafetyNet);
    }

    /// <summary>Waits until a task stands as asked; by default until it has ended.</summary>
    /// <param name="worker">The process that works on it, where that is another one.</param>
    public async Task<StoredTask> TaskAsync(string id, Func<StoredTask, bool>? holds = null, IServiceProvider? worker = null)
    {
        holds ??= task => task.State is TaskState.Done or TaskState.Failed;
        var signal = new TaskCompletionSource<StoredTask>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look(StoredTask task)
        {
            if (task.Id == id && holds(task)) signal.TrySetResult(task);
        }
        var runner = (worker ?? Services).GetRequiredService<TaskRunner>();
        runner.Changed += Look;
        if (await Database.ReadAsync(session => TaskStore.FindAsync(session, Database, id, CancellationToken.None), CancellationToken.None) is { } now) Look(now);
        try
        {
            return await signal.Task.WaitAsync(SafetyNet);
        }
        finally
        {
            runner.Changed -= Look;
        }
    }

    /// <summary>Has every turn of a kind of tasks fail in this process, but those that are let through; until the answer is called, or the server stops.</summary>
    public Action BreakTasks(string kind, Func<TaskTurn, bool>? letThrough = null)
    {
        var kinds = Services.GetRequiredService<TaskKinds>();
        var run = kinds[kind];
        kinds[kind] = (session, turn, cancel) => letThrough?.Invoke(turn) == true ? run(session, turn, cancel) : throw new InvalidOperationException("not yet");
        return () => kinds[kind] = run;
    }

    /// <summary>Restarts while a task has done its first piece and can do no other, and waits until it has ended.</summary>
    /// <param name="startAsync">Starts the task; its id.</param>
    /// <returns>How many items were done at the restart.</returns>
    public async Task<long> RestartAmidTaskAsync(string kind, Func<Task<string>> startAsync)
    {
        BreakTasks(kind, letThrough: turn => turn.Task.Done == 0);
        var id = await startAsync();
        var amid = await TaskAsync(id, task => task.Faults > 0);
        await RestartAsync();
        Advance(TimeSpan.FromMinutes(1));
        await TaskAsync(id);
        return amid.Done;
    }

    /// <summary>Calls a method with a JSON body; the token is added when the body has none.</summary>
    public Task<Answer> PostAsync(string method, string json, params (string Name, string Value)[] headers) => SendAsync(method, json, "application/json", headers);

    public Task<Answer> PostAsync(string method, JsonObject body, params (string Name, string Value)[] headers)
    {
        body["token"] ??= Token;
        return SendAsync(method, body.ToJsonString(), "application/json", headers);
    }

    public Task<Answer> PostXmlAsync(string method, string xml, params (string Name, string Value)[] headers) => SendAsync(method, xml, "application/xml", headers);

    public async Task<Answer> SendAsync(string method, string body, string? contentType, params (string Name, string Value)[] headers) =>
        await SendAsync(method, Encoding.UTF8.GetBytes(body), contentType, headers);

    public async Task<Answer> SendAsync(string method, byte[] body, string? contentType, params (string Name, string Value)[] headers)
    {
        return await SendAsync(Http, method, body, contentType, headers);
    }

    /// <summary>Calls a method of another node.</summary>
    public static async Task<Answer> SendAsync(HttpClient http, string method, byte[] body, string? contentType, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1.1/" + method) { Content = new ByteArrayContent(body) };
        if (contentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(request);
        return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Content.Headers.ContentType?.MediaType ?? "",
            response.Headers.ToDictionary(header => header.Key, header => header.Value.First(), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Reads one of our own URLs with the token.</summary>
    public async Task<JsonObject> GetAsync(string url)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        using var response = await Http.SendAsync(request);
        return (JsonObject)JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    /// <summary>The launch that an answer started, as <c>/api/v2/launches</c> shows it.</summary>
    public Task<JsonObject> LaunchAsync(Answer answer) => GetAsync("/api/v2/launches/" + answer.Headers["Launch-ID"]);

    /// <summary>The only message of the launch that an answer started.</summary>
    public async Task<JsonObject> MessageAsync(Answer answer) => (JsonObject)(await LaunchAsync(answer))["messages"]!.AsArray().ShouldHaveSingleItem()!;

    public async Task<JsonObject> ProfileAsync(string matching, string key, string value)
    {
        var answer = await PostAsync("profiles/get", new JsonObject { ["db_id"] = 1, ["matching"] = matching, [key] = value });
        answer.Error.ShouldBe(0, answer.Text);
        return (JsonObject)answer.Json["data"]!;
    }

    /// <summary>How many rows a table has.</summary>
    public Task<long> CountAsync(string table) => Database.ReadAsync(
        async session => (await session.QueryAsync($"SELECT COUNT(*) FROM {table}", row => row.GetInt64(0), CancellationToken.None))[0], CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.StopAsync();
            await node.DisposeAsync();
        }
        if (_app is not null) await StopAsync();
        await Sink.DisposeAsync();
        await _store.DeleteAsync();
        ShardCheck.Pass();
    }

    private async Task OpenAsync()
    {
        var store = await _store.OpenAsync(Clock);
        Database = TestStore.IsDistributed ? await _store.OpenUnwatchedAsync(Clock) : store;
        _product = _isFragile ? new FragileDatabase(store, Database) : store;
    }

    private async Task ListenAsync()
    {
        _app = Server.Build(_settings with { Urls = "http://127.0.0.1:0" }, _product, Clock, _logging);
        Services.GetRequiredService<RecordVerdicts>().Committed += Noticed;
        await _app.StartAsync();
        Http = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
    }

    private void Noticed(IReadOnlyList<Recorded> verdicts)
    {
        lock (_verdicts)
        {
            _verdicts.AddRange(verdicts);
            foreach (var (_, signal) in _waiting.Where(waiting => waiting.Holds(_verdicts))) signal.TrySetResult();
            _waiting.RemoveAll(waiting => waiting.Signal.Task.IsCompleted);
        }
    }
}

/// <summary>What came back over HTTP.</summary>
public sealed record Answer(int Status, string Text, string MediaType, IReadOnlyDictionary<string, string> Headers)
{
    public JsonObject Json => (JsonObject)JsonNode.Parse(Text)!;
    public int Error => (int)Json["error"]!;
    public string ErrorText => (string)Json["error_text"]!;
    public string ProfileId => (string)Json["profile_id"]!;
}
