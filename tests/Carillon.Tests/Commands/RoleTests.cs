using Carillon.Commands;
using Carillon.Delivery;
using Carillon.Queue;
using Carillon.Tests.Harness;
using Carillon.Workflows;
using Carillon.Workspace;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Carillon.Tests.Commands;

/// <summary>Several processes on one database.</summary>
public sealed class RoleTests
{
    private const string Lasting = """{"expiration":"2099-01-01T00:00:00Z"}""";

    [Theory]
    [InlineData("api", null, "--role api: a SQLite file is used by one process")]
    [InlineData("boss", "Host=x", "--role is 'boss', but must be all, api or worker")]
    public void A_role_that_cannot_be_played_is_told(string role, string? database, string problem) =>
        new Settings { Role = role, Database = database }.Problem().ShouldNotBeNull().ShouldStartWith(problem);

    [Fact]
    public async Task Whoever_works_on_what_is_stored_begins_after_the_workspace_was_loaded()
    {
        await using var app = await CarillonApp.StartAsync();
        var started = app.Services.GetServices<IHostedService>().Select(service => service.GetType()).ToList();
        foreach (var worker in new[] { typeof(TaskRunner), typeof(Deliveries), typeof(RunEngine) })
            started.IndexOf(worker).ShouldBeGreaterThan(started.IndexOf(typeof(WorkspaceSource)), worker.Name);
    }

    [PostgresFact]
    public async Task An_api_process_only_takes_calls_and_a_worker_delivers_them()
    {
        await using var app = await CarillonApp.StartAsync(settings: new Settings { Role = "api", Database = "x" });
        var answer = await app.ImportAndStartAsync(96, "a@example.com", Lasting);
        (await app.MessageAsync(answer))["state"]!.GetValue<string>().ShouldBe("queued");

        var worker = await app.AddNodeAsync("worker");
        await app.Sink.WaitForAsync(1);

        using var http = new HttpClient { BaseAddress = new Uri(worker.Urls.Single()) };
        ((int)(await http.GetAsync("/readyz")).StatusCode).ShouldBe(200);
        ((int)(await http.PostAsync("/api/v1.1/databases/list", new StringContent("{}"))).StatusCode).ShouldBe(404);
    }

    [PostgresFact]
    public async Task Three_processes_deliver_every_message_once()
    {
        await using var app = await CarillonApp.StartAsync(settings: new Settings { Role = "api", Database = "x" });
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => app.ImportAndStartAsync(96, $"a{i}@example.com", Lasting)));

        for (var i = 0; i < 3; i++) await app.AddNodeAsync("worker");
        await app.Sink.WaitForAsync(300);

        app.Sink.Mails.Select(mail => mail.MessageId).Distinct().Count().ShouldBe(300);
        app.Sink.Count.ShouldBe(300);
    }

    [PostgresFact]
    public async Task A_clock_that_jumps_buries_nobody_and_moves_no_time()
    {
        await using var app = await CarillonApp.StartAsync(settings: new Settings { Role = "api", Database = "x" });
        var clock = new SkewedClock();
        var steady = (await app.AddNodeAsync("worker")).Services.GetRequiredService<Fleet>();
        var jumping = await app.AddNodeAsync("worker", clock);
        var fleet = jumping.Services.GetRequiredService<Fleet>();
        var owner = fleet.Owner;

        clock.By = TimeSpan.FromHours(5);
        await fleet.BeatAsync(CancellationToken.None);

        var living = await fleet.LivingAsync(CancellationToken.None);
        living.ShouldContain(steady.Owner);
        living.ShouldContain(owner);
        fleet.IsOurs(owner).ShouldBeTrue();
        jumping.Services.GetRequiredService<TimeProvider>().GetUtcNow().ShouldBe(TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(1));
    }
}
