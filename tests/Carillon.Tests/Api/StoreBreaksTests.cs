using System.Text.Json.Nodes;
using Carillon.Tests.Harness;
using Carillon.Tests.Workflows;
using Microsoft.Extensions.Logging;

namespace Carillon.Tests.Api;

/// <summary>The store goes away after something of a call was committed: then nobody is told that nothing was stored.</summary>
public sealed class StoreBreaksTests : IAsyncLifetime
{
    private const string Unknown = "The connection to the database broke: it is not known whether the call was carried out; repeat it with the same Request-ID";

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync(logging: logging => logging.SetMinimumLevel(LogLevel.None), fragile: true);

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Before_anything_was_committed_the_call_is_told_so()
    {
        _app.Fragile.IsAwayAsync = _ => Task.FromResult(true);
        var answer = await _app.ImportAndStartAsync(96, "a@example.com");
        (answer.Error, answer.ErrorText).ShouldBe((500, "The database cannot be reached: nothing was stored, try again in a moment"));
    }

    [Fact]
    public async Task A_change_that_is_on_disk_is_answered_as_done_though_its_answer_cannot_be_kept()
    {
        _app.Fragile.IsAwayAsync = store => store.HoldsAsync("triggers WHERE id = 96 AND doc LIKE '%\"active\":false%'", 1);

        var answer = await _app.PostAsync("campaigns/deactivate", Requests.Json("""{"id":96}"""), ("Request-ID", "one"));

        answer.Error.ShouldBe(0, answer.Text);
        _app.Fragile.IsAwayAsync = null;
        (await _app.PostAsync("campaigns/deactivate", Requests.Json("""{"id":96}"""), ("Request-ID", "one"))).Error.ShouldBe(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_drop_that_broke_off_is_not_told_as_if_nothing_had_happened(bool slow)
    {
        _app.Fragile.IsSlow = slow;
        await _app.ImportAndStartAsync(96, "a@example.com", """{"timeout":{"minutes":5}}""");
        _app.Fragile.IsAwayAsync = store => store.HoldsAsync("triggers WHERE id = 96 AND doc LIKE '%\"active\":false%'", 1);
        var body = """{"id":96,"abort_if_running":true}""";

        (await _app.PostAsync("campaigns/deactivate", Requests.Json(body), ("Request-ID", "one"))).ErrorText.ShouldBe(Unknown);

        _app.Fragile.IsAwayAsync = null;
        (await _app.PostAsync("campaigns/deactivate", Requests.Json(body), ("Request-ID", "one"))).Error.ShouldBe(0);
        (await _app.CountAsync("messages WHERE state = 5")).ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_workflow_that_was_half_emptied_is_not_told_as_if_nothing_had_happened(bool slow)
    {
        _app.Fragile.IsSlow = slow;
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: pause}
            - {id: pause, type: wait, days: 1, next: done}
            - {id: done, type: exit}
            """);
        await _app.EngageAsync("a@example.com");
        _app.Fragile.IsAwayAsync = store => store.HoldsAsync("runs WHERE state = 3", 1);
        var body = new JsonObject { ["id"] = 50, ["skip_profiles"] = true }.ToJsonString();

        (await _app.PostAsync("workflows/activate", Requests.Json(body), ("Request-ID", "one"))).ErrorText.ShouldBe(Unknown);

        _app.Fragile.IsAwayAsync = null;
        (await _app.PostAsync("workflows/activate", Requests.Json(body), ("Request-ID", "one"))).Error.ShouldBe(0);
        (await _app.CountAsync("runs WHERE state = 0")).ShouldBe(0);
    }
}
