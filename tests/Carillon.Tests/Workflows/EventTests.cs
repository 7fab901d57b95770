using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Workflows;

/// <summary>What is appended to history takes profiles into workflows, and ends waits.</summary>
public sealed class EventTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("opened", "open")]
    [InlineData("clicked", "click")]
    [InlineData("unsubscribed", "unsub")]
    [InlineData("complained", "complain")]
    [InlineData("goal", "goal")]
    public async Task An_event_of_its_kind_and_no_other_starts_a_workflow_and_ends_a_wait(string word, string kind)
    {
        // A word that is refused, because nobody tells such events, may stand in a workflow of another version.
        Func<string, string, Task> save = word == "goal" ? _app.OldWorkflowAsync : (nodes, more) => _app.WorkflowAsync(nodes, more);
        await save($$"""
            - {id: told, type: on_event, event: {{word}}, next: done}
            - {id: start, type: start, next: listen}
            - {id: listen, type: wait_event, event: {{word}}, days: 1, next: seen, timeout: late}
            - {id: done, type: exit}
            - {id: seen, type: exit}
            - {id: late, type: exit}
            """, "reentry: each");
        var profile = (await _app.EngageAsync("ann@example.com")).ProfileId;
        await _app.RunAtAsync(profile, "listen");

        await HappenAsync(profile, "send");
        await _app.SettledAsync(profile);
        (await _app.RunAtAsync(profile, "listen"))["step_count"]!.GetValue<int>().ShouldBe(2, "it was another event");

        await HappenAsync(profile, kind);
        (await EndedAsync(profile, 2)).ShouldBe(["start:next listen listen:next seen", "told:next done"]);
    }

    [Fact]
    public async Task A_word_that_is_not_known_any_more_happens_to_nobody()
    {
        await _app.OldWorkflowAsync("""
            - {id: old, type: on_event, event: sneezed, next: done}
            - {id: sent, type: on_event, event: sent, next: listen}
            - {id: listen, type: wait_event, event: sneezed, days: 1, next: done, timeout: late}
            - {id: done, type: exit}
            - {id: late, type: exit}
            """, "reentry: never");
        var profile = await _app.ImportAsync("ann@example.com");

        await HappenAsync(profile, "send");
        await _app.RunAtAsync(profile, "listen");
        await HappenAsync(profile, "send");
        await _app.SettledAsync(profile);
        _app.Advance(TimeSpan.FromDays(1));

        (await _app.EndedAsync(profile)).Path().ShouldBe("sent:next listen listen:timeout late");
    }

    [Fact]
    public async Task An_event_can_be_narrowed_to_what_the_run_itself_sent()
    {
        await _app.OldWorkflowAsync("""
            - {id: start, type: start, next: hello}
            - {id: hello, type: send, channel: email, resource: 21, template: 5, sent: listen, failed: late, skipped: late}
            - {id: listen, type: wait_event, event: opened, own_messages: true, resource: 21, days: 1, next: seen, timeout: late}
            - {id: seen, type: exit}
            - {id: late, type: exit}
            """);
        var profile = (await _app.EngageAsync("ann@example.com")).ProfileId;
        var run = (string)(await _app.RunAtAsync(profile, "listen"))["id"]!;

        await HappenAsync(profile, "open", new JsonObject { ["run_id"] = "another", ["workflow_id"] = 50, ["resource_id"] = 21 });
        await HappenAsync(profile, "open", new JsonObject { ["trigger_id"] = 96, ["resource_id"] = 21 });
        await HappenAsync(profile, "open", new JsonObject { ["run_id"] = run, ["workflow_id"] = 50, ["resource_id"] = 22 });
        await _app.SettledAsync(profile);
        await _app.RunAtAsync(profile, "listen");
        await HappenAsync(profile, "open", new JsonObject { ["run_id"] = run, ["workflow_id"] = 50, ["resource_id"] = 21 });

        (await _app.EndedAsync(profile)).Path().ShouldEndWith("listen:next seen");
    }

    [Fact]
    public async Task To_unsubscribe_is_noticed_whatever_did_it()
    {
        await _app.WorkflowAsync("""
            - {id: left, type: on_event, event: unsubscribed, resource: 21, channel: email, next: done}
            - {id: start, type: start, next: listen}
            - {id: listen, type: wait_event, event: unsubscribed, days: 1, next: gone, timeout: late}
            - {id: done, type: exit}
            - {id: gone, type: exit}
            - {id: late, type: exit}
            """, "reentry: each");
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: off}
            - {id: off, type: unsubscribe, resource: 21, channel: email, next: done}
            - {id: done, type: exit}
            """, id: 51);
        const string waited = "start:next listen listen:next gone", started = "left:next done";

        (await EndedAsync(await ListeningAsync("import@example.com", "profiles/import", """{"subscriptions":[{"email":"import@example.com","resource_id":21,"status":"unsubscribed"}]}"""), 2)).ShouldBe([started, waited]);
        (await EndedAsync(await ListeningAsync("update@example.com", "profiles/update", """{"subscriptions":[{"email":"update@example.com","resource_id":21,"status":1}]}"""), 2)).ShouldBe([started, waited]);
        (await EndedAsync(await ListeningAsync("global@example.com", "profiles/import", """{"_status":"unsubscribed"}"""), 1)).ShouldBe([waited], "she left no resource");
        (await EndedAsync(await ListeningAsync("quiet@example.com", "profiles/import", """{"subscriptions":[{"email":"quiet@example.com","resource_id":21,"status":1}]}""", quiet: true), 1)).ShouldBe([waited], "it skips triggers");

        var never = await _app.ImportAsync("never@example.com", """{"subscriptions":[{"email":"never@example.com","resource_id":21,"status":"unsubscribed"}]}""");
        await _app.ImportAsync("never@example.com", """{"subscriptions":[{"email":"never@example.com","resource_id":22,"status":"unsubscribed"}]}""");
        var other = await _app.ImportAsync("other@example.com", """{"subscriptions":[{"email":"other@example.com","resource_id":21,"status":"suspended"}]}""");
        var step = (await _app.EngageAsync("step@example.com", workflow: 51)).ProfileId;
        (await EndedAsync(step, 1)).ShouldBe([started]);
        (await _app.RunsOfAsync(never)).ShouldBeEmpty("she was never subscribed");
        (await _app.RunsOfAsync(other)).ShouldBeEmpty();
    }

    [Fact]
    public async Task To_unsubscribe_by_a_message_is_a_change_of_the_subscription_too()
    {
        await _app.WorkflowAsync("""
            - {id: left, type: on_subscription, resource: 21, change: status, status: unsubscribed, next: done}
            - {id: done, type: exit}
            """);
        var profile = await _app.ImportAsync("ann@example.com");

        await HappenAsync(profile, "unsub", Requests.Json("""{"subscriptions":[{"resource_id":21,"channel":"email","contact":"ann@example.com","was":"subscribed","status":"unsubscribed"}]}"""));

        (await _app.EndedAsync(profile)).Path().ShouldBe("left:next done");
    }

    /// <summary>Engages a profile, and changes it once it listens.</summary>
    private async Task<string> ListeningAsync(string email, string method, string change, bool quiet = false)
    {
        var profile = (await _app.EngageAsync(email)).ProfileId;
        await _app.RunAtAsync(profile, "listen");
        var answer = await _app.PostAsync(method, new JsonObject { ["db_id"] = 1, ["matching"] = "email", ["email"] = email, ["skip_triggers"] = quiet, ["data"] = Requests.Json(change) });
        answer.Error.ShouldBe(0, answer.Text);
        return profile;
    }

    /// <summary>The ways that so many runs went, in the order of the alphabet, once all have ended and nothing else is to be looked at.</summary>
    private async Task<List<string>> EndedAsync(string profile, int count)
    {
        await _app.UntilAsync(
            async () => await _app.CountAsync("happenings") == 0 && await _app.RunsOfAsync(profile) is var runs && runs.Count >= count && runs.TrueForAll(run => (string?)run["state"] != "inside"),
            async () => string.Join(' ', await _app.RunsOfAsync(profile)));
        List<string> paths = [];
        foreach (var run in await _app.RunsOfAsync(profile)) paths.Add((await _app.GetAsync($"/api/v2/runs/{run["id"]}")).Path());
        return [.. paths.Order(StringComparer.Ordinal)];
    }

    private Task HappenAsync(string profile, string kind, JsonObject? document = null) => _app.Database.WriteAsync(async session =>
    {
        await _app.Services.GetRequiredService<EventStore>().AppendAsync(session, [new Event
        {
            ProfileId = profile, DatabaseId = 1, Kind = kind, Time = _app.Clock.GetUtcNow().ToUnixTimeMilliseconds(), Document = (document ?? []).ToJsonString(),
        }], CancellationToken.None);
        return 0;
    }, CancellationToken.None);
}
