using System.Collections.Concurrent;
using System.Text;
using Carillon.Commands;
using Carillon.Storage;
using Carillon.Tests.Harness;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Carillon.Tests.Commands;

/// <summary>Traces and metrics reach a collector, where one is named.</summary>
[Collection(nameof(SpansAlone))]
public sealed class OtlpTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    [Fact]
    public async Task A_collector_gets_the_trace_of_a_launch_and_the_metrics()
    {
        await using var collector = await Collector.StartAsync();
        await using var app = await CarillonApp.StartAsync(settings: new Settings { Otlp = new OtlpSettings { Endpoint = collector.Url, Interval = 1 } });
        var body = Requests.Json("""{"trigger_id":96,"data":{"email":"a@example.com","subscriptions":[{"email":"a@example.com","resource_id":21}]}}""");
        (await app.PostAsync("campaigns/triggers/import_and_start", body, ("traceparent", $"00-{Trace}-b7ad6b7169203331-01"))).Error.ShouldBe(0);

        // The parts come in the order of their ends; the call's own may be the last.
        var traces = await collector.GotAsync("/v1/traces", part => part.Contains("deliver") && part.Contains("POST /api"));
        traces.ShouldContain(Encoding.Latin1.GetString(Convert.FromHexString(Trace)));
        foreach (var name in new[] { "batch wait", "transaction", "smtp", "verdict" }) traces.ShouldContain(name);
        traces.ShouldNotContain("a@example.com");
        var metrics = await collector.GotAsync("/v1/metrics", part => part.Contains("carillon_deliveries_total") && part.Contains("carillon_queue_oldest_ready_seconds"));
        foreach (var name in new[] { "carillon_launches_total", "carillon_delivery_seconds", "carillon_queue_depth" }) metrics.ShouldContain(name);
    }

    [Fact]
    public async Task A_collector_that_is_not_there_does_not_hold_a_stop_up_or_lose_a_mail()
    {
        await using var app = await CarillonApp.StartAsync(settings: new Settings { Otlp = new OtlpSettings { Endpoint = "http://127.0.0.1:1" } });
        (await app.ImportAndStartAsync(96, "a@example.com")).Error.ShouldBe(0);
        await app.VerdictsAsync(1);
        await app.StopAsync().WaitAsync(CarillonApp.SafetyNet);
        app.Sink.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Without_a_collector_nothing_of_it_is_there()
    {
        await using var app = await CarillonApp.StartAsync();
        app.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().ShouldNotContain(service => service is OtlpExport);
    }

    [Fact]
    public void An_endpoint_that_is_no_url_is_refused() =>
        new Settings { Otlp = new OtlpSettings { Endpoint = "collector:4318" } }.Problem().ShouldBe("Otlp:Endpoint is 'collector:4318', but must be a URL like http://127.0.0.1:4318");

    /// <summary>Takes what an OTLP collector takes, and keeps it.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly WebApplication _app;
        private readonly ConcurrentDictionary<string, string> _got = new();
        private readonly SemaphoreSlim _arrived = new(0);

        private Collector()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            _app = builder.Build();
            _app.MapPost("/v1/{signal}", TakeAsync);
        }

        public string Url => _app.Urls.Single();

        public static async Task<Collector> StartAsync()
        {
            var collector = new Collector();
            await collector._app.StartAsync();
            return collector;
        }

        /// <summary>All that came to a path, once some of it is what was waited for.</summary>
        public async Task<string> GotAsync(string path, Func<string, bool> holds)
        {
            using var net = new CancellationTokenSource(CarillonApp.SafetyNet);
            while (true)
            {
                if (_got.TryGetValue(path, out var got) && holds(got)) return got;
                await _arrived.WaitAsync(net.Token);
            }
        }

        public ValueTask DisposeAsync()
        {
            _arrived.Dispose();
            return _app.DisposeAsync();
        }

        private async Task TakeAsync(HttpContext context)
        {
            context.Request.ContentType.ShouldBe("application/x-protobuf");
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            // Byte for byte: names and ids can be looked for in it.
            var text = Encoding.Latin1.GetString(body.ToArray());
            _got.AddOrUpdate(context.Request.Path, text, (_, before) => before + text);
            _arrived.Release();
        }
    }
}
