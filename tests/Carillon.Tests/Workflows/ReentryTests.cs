using Carillon.Tests.Harness;

namespace Carillon.Tests.Workflows;

/// <summary>Who comes in again, and how: decided in the transaction that starts the run.</summary>
public sealed class ReentryTests : IAsyncLifetime
{
    private const string Nodes = """
        - {id: start, type: start, next: pause}
        - {id: pause, type: wait, days: 1, next: done}
        - {id: done, type: exit}
        """;

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("never", 1, 1)]
    [InlineData("not_while_inside", 1, 2)]
    [InlineData("restart", 1, 2)]
    [InlineData("each", 64, 65)]
    public async Task Of_64_starts_at_once_as_many_runs_begin_as_the_mode_allows(string mode, int atOnce, int afterwards)
    {
        await _app.WorkflowAsync(Nodes, $"reentry: {mode}");
        var profile = await _app.ImportAsync("ann@example.com");

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(number => _app.EngageAsync("ann@example.com", $$$"""{"content":{"number":{{{number}}}}}""")));

        answers.ShouldAllBe(answer => answer.Error == 0 && answer.ProfileId == profile);
        answers.Count(answer => answer.Headers.ContainsKey("Launch-ID")).ShouldBe(mode == "restart" ? 64 : atOnce);
        (await _app.RunsOfAsync(profile)).Count.ShouldBe(atOnce);

        // A run whose profile was held by a call is left out, until the next look: here the clock stands still. And one that comes to
        // its pause only after the clock was moved waits another day.
        _app.WakeQueues();
        await _app.AllAsync(profile, run => (string?)run["node"] == "pause");
        _app.Advance(TimeSpan.FromDays(1));
        await _app.AllAsync(profile, run => (string?)run["state"] == "finished");
        await _app.EngageAsync("ann@example.com");
        (await _app.RunsOfAsync(profile)).Count.ShouldBe(afterwards);
    }

    [Fact]
    public async Task A_restart_jumps_back_to_the_start_with_the_new_content()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: pause}
            - {id: pause, type: wait, days: 1, next: hello}
            - {id: hello, type: send, channel: email, resource: 21, template: 5, next: done}
            - {id: done, type: exit}
            """, "reentry: restart");
        var answer = await _app.EngageAsync("ann@example.com", """{"content":{"email_title":"first"}}""");
        await _app.RunAtAsync(answer.ProfileId, "pause");
        _app.Advance(TimeSpan.FromHours(20));
        await _app.EngageAsync("ann@example.com", """{"content":{"email_title":"second"}}""");
        await _app.RunAsync(answer.ProfileId, run => (int)run["step_count"]! == 5);

        _app.Advance(TimeSpan.FromHours(20));
        (await _app.RunsOfAsync(answer.ProfileId)).Single()["node"]!.GetValue<string>().ShouldBe("pause");
        _app.Advance(TimeSpan.FromHours(4));
        var run = await _app.EndedAsync(answer.ProfileId);
        await _app.VerdictsAsync(1);

        run.Path().ShouldBe("start:next pause pause start:next pause pause:next hello:next done");
        _app.Sink.Mails.ShouldHaveSingleItem().Header("Subject").ShouldBe("Hello Ann: second");
    }

    [Fact]
    public async Task Who_is_not_taken_is_imported_all_the_same_and_history_says_why()
    {
        await _app.WorkflowAsync(Nodes);
        await _app.EngageAsync("ann@example.com");

        var again = await _app.EngageAsync("ann@example.com", """{"data":{"email":"ann@example.com","_fname":"Anna"}}""");

        again.Error.ShouldBe(0);
        again.Headers.ContainsKey("Launch-ID").ShouldBeFalse();
        ((string)(await _app.ProfileAsync("email", "email", "ann@example.com"))["_fname"]!).ShouldBe("Anna");
        var ignored = await _app.EventsAsync(again.ProfileId, "workflow_ignored");
        ignored.ShouldHaveSingleItem().Document.ShouldContain("it is inside already");
    }
}
