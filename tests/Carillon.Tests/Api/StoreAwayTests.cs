using Carillon.Api;
using Carillon.Storage;
using Carillon.Tests.Harness;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Carillon.Tests.Api;

/// <summary>What the operator and the callers of our own URLs hear while the store is away.</summary>
public sealed class StoreAwayTests
{
    [Fact]
    public async Task The_metrics_go_on_without_those_of_the_queue()
    {
        var (clock, store) = (new FakeClock(), new TestStore());
        var database = await store.OpenAsync(clock);
        using var telemetry = new Telemetry();
        using var metrics = new PrometheusText(telemetry);
        var health = new HealthEndpoints(database, metrics, new QueueDepth(database, clock), NullLogger<HealthEndpoints>.Instance);
        telemetry.Launches.Add(1);
        (await TextAsync(await health.Metrics(CancellationToken.None))).Text.ShouldContain(QueueDepth.OldestReady);

        await database.DisposeAsync();
        clock.Advance(QueueDepth.Kept);
        var (status, text) = await TextAsync(await health.Metrics(CancellationToken.None));
        await store.DeleteAsync();

        status.ShouldBe(200);
        text.ShouldContain("carillon_launches_total 1");
        text.ShouldNotContain(QueueDepth.OldestReady);
        text.ShouldNotContain(QueueDepth.Waiting);
    }

    [Fact]
    public async Task Our_own_urls_tell_it_in_the_form_of_their_other_errors()
    {
        (await AnsweredAsync(new AwayException(new IOException("gone")))).ShouldBe((503, true));
        (await AnsweredAsync(new InvalidOperationException("secret"))).ShouldBe((500, true));

        static async Task<(int, bool)> AnsweredAsync(Exception fault)
        {
            var context = EndpointFilterInvocationContext.Create(new DefaultHttpContext());
            var answer = (IResult)(await new FaultFilter(NullLogger<FaultFilter>.Instance).InvokeAsync(context, _ => throw fault))!;
            var (status, text) = await TextAsync(answer);
            return (status, text.Contains("\"detail\"", StringComparison.Ordinal) && !text.Contains("secret", StringComparison.Ordinal));
        }
    }

    private static async Task<(int Status, string Text)> TextAsync(IResult answer)
    {
        var context = new DefaultHttpContext { RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider() };
        using var body = new MemoryStream();
        context.Response.Body = body;
        await answer.ExecuteAsync(context);
        return (context.Response.StatusCode, System.Text.Encoding.UTF8.GetString(body.ToArray()));
    }
}
