using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Carillon.Api;
using Carillon.Commands;
using Carillon.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Carillon.Tests.Api;

/// <summary>What the operator sees: health, metrics, logs.</summary>
public sealed class OperatorTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_server_that_works_is_healthy_and_ready()
    {
        (await _app.Http.GetStringAsync("/healthz")).ShouldBe("ok\n");
        (await _app.Http.GetStringAsync("/readyz")).ShouldBe("ready\n");
        (await _app.Http.GetStringAsync("/")).ShouldContain("/api/v1.1/");
    }

    /// <summary>Else it would hear of every write to a store that lies below its current folder, and go through all folders there as it starts.</summary>
    [Fact]
    public void A_server_watches_no_folder()
    {
        var watches = new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Count(file => file.LinkTarget == "anon_inode:inotify");
        watches.ShouldBe(0);
    }

    [Fact]
    public async Task Calls_are_counted_by_route_and_error()
    {
        await _app.PostAsync("databases/list", new JsonObject());
        await _app.PostAsync("databases/list/", new JsonObject());
        await _app.PostAsync("databases/list", "{");
        await _app.PostAsync("no/such", "{}");
        var metrics = await MetricsAsync();
        metrics.ShouldContain("# TYPE carillon_http_request_seconds histogram\n");
        metrics.ShouldContain("carillon_http_request_seconds_count{route=\"databases/list\",error=\"0\"} 2\n");
        metrics.ShouldContain("carillon_http_request_seconds_bucket{route=\"databases/list\",error=\"400\",le=\"+Inf\"} 1\n");
        metrics.ShouldContain("carillon_http_request_seconds_count{route=\"unknown\",error=\"501\"} 1\n");
        metrics.ShouldNotContain("no/such");
    }

    [Fact]
    public async Task Messages_that_wait_are_counted_with_their_age()
    {
        (await MetricsAsync()).ShouldContain("carillon_queue_depth 0\n");
        var start = JsonNode.Parse("""{"trigger_id":96,"timeout":{"hours":1},"data":{"email":"a@example.com","subscriptions":[{"email":"a@example.com","resource_id":21}]}}""")!.AsObject();
        (await _app.PostAsync("campaigns/triggers/import_and_start", start)).Error.ShouldBe(0);
        (await MetricsAsync()).ShouldContain("carillon_queue_depth 0\n", customMessage: "who asks again at once is told the same");
        _app.Clock.Advance(QueueDepth.Kept);
        var metrics = await MetricsAsync();
        metrics.ShouldContain("# TYPE carillon_queue_depth gauge\n");
        metrics.ShouldContain("carillon_queue_depth 1\n");
        metrics.ShouldContain("carillon_queue_oldest_ready_seconds 0\n");
        metrics.ShouldContain("carillon_launches_total 1\n");
    }

    [Fact]
    public async Task All_who_ask_at_the_same_moment_share_one_count()
    {
        var depth = _app.Services.GetRequiredService<QueueDepth>();
        var first = depth.ReadAsync(CancellationToken.None);
        depth.ReadAsync(CancellationToken.None).ShouldBeSameAs(first);
        await first;
        depth.ReadAsync(CancellationToken.None).ShouldBeSameAs(first);
    }

    [Fact]
    public async Task Fields_that_were_left_out_are_counted_once_their_import_is_stored()
    {
        await ImportAsync("""{"email":"a@example.com","colour":"red","size":2}""");
        await ImportAsync("""{"email":"not an address","colour":"red"}""");
        (await MetricsAsync()).ShouldContain("carillon_unknown_fields_total 2\n");
        await _app.PostAsync("campaigns/triggers/import_and_start",
            JsonNode.Parse("""{"trigger_id":96,"data":{"email":"a@example.com","colour":"red","subscriptions":[{"email":"a@example.com","resource_id":21}]}}""")!.AsObject());
        (await MetricsAsync()).ShouldContain("carillon_unknown_fields_total 3\n");
        // Refused for want of a subscription: nothing is stored, nothing is counted.
        (await _app.PostAsync("campaigns/triggers/import_and_start", JsonNode.Parse("""{"trigger_id":96,"data":{"email":"a@example.com","colour":"red"}}""")!.AsObject())).Error.ShouldBe(400);
        (await MetricsAsync()).ShouldContain("carillon_unknown_fields_total 3\n");
    }

    [Fact]
    public async Task Neither_tokens_nor_bodies_reach_the_log()
    {
        var log = new CapturedLog();
        await using var app = await CarillonApp.StartAsync(logging: logging => logging.SetMinimumLevel(LogLevel.Trace).AddFilter("Carillon", LogLevel.Trace).AddFilter("Microsoft", LogLevel.Warning).AddProvider(log));
        (await app.PostAsync("profiles/import?token=" + CarillonApp.Token, """{"db_id":1,"data":{"email":"secret-person@example.com"}}""")).Error.ShouldBe(0);
        (await app.PostAsync("profiles/import", $$"""{"token":"{{CarillonApp.Token}}","db_id":1,"data":{"_fname":"secret-person" """)).Error.ShouldBe(400);
        (await app.PostAsync("profiles/get", """{"db_id":1,"email":"secret-person@example.com"}""", ("Authorization", "Bearer wrong-" + CarillonApp.Token))).Error.ShouldBe(401);
        // A fault is the one thing that is logged about a call.
        await app.Database.WriteAsync(session => session.ExecuteAsync("DROP TABLE events", CancellationToken.None), CancellationToken.None);
        var fault = await app.PostAsync("profiles/import", new JsonObject { ["db_id"] = 1, ["data"] = new JsonObject { ["email"] = "secret-person@example.com", ["_fname"] = "x" } }, ("Request-ID", "find-me"));
        (fault.Error, fault.ErrorText).ShouldBe((500, "Internal service error"));

        var text = string.Join('\n', log.Lines);
        text.ShouldContain("profiles/import failed, request find-me");
        text.ShouldNotContain(CarillonApp.Token);
        text.ShouldNotContain("secret-person");
    }

    private Task<Answer> ImportAsync(string data) => _app.PostAsync("profiles/import", new JsonObject { ["db_id"] = 1, ["data"] = JsonNode.Parse(data) });

    private Task<string> MetricsAsync() => _app.Http.GetStringAsync("/metrics");

    private sealed class CapturedLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
