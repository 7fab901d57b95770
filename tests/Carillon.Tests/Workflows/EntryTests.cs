using Carillon.Tests.Harness;
using Carillon.Workflows;
using Carillon.Workspace;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Workflows;

/// <summary>What takes profiles into workflows by itself.</summary>
public sealed class EntryTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task An_import_starts_a_workflow_unless_it_skips_triggers()
    {
        await _app.WorkflowAsync("""
            - {id: import, type: on_import, created: true, next: done}
            - {id: done, type: exit}
            """, "reentry: each");

        var skipped = await _app.PostAsync("profiles/import", Requests.Json("""{"db_id":1,"skip_triggers":true,"data":{"email":"quiet@example.com"}}"""));
        var taken = await _app.ImportAsync("ann@example.com");
        (await _app.EndedAsync(taken)).Path().ShouldBe("import:next done");
        await _app.ImportAsync("ann@example.com", """{"age":5}""");
        var other = await _app.ImportAsync("b@example.com");
        await _app.EndedAsync(other);

        (await _app.RunsOfAsync(skipped.ProfileId)).ShouldBeEmpty();
        (await _app.RunsOfAsync(taken)).Count.ShouldBe(1, "it was created once");
        (await _app.CountAsync("happenings")).ShouldBe(0);
    }

    [Fact]
    public async Task What_happened_is_taken_by_the_workspace_as_it_is_stored()
    {
        await _app.WorkflowAsync("""
            - {id: import, type: on_import, created: true, next: done}
            - {id: done, type: exit}
            """);
        await _app.WorkflowAsync("""
            - {id: import, type: on_import, created: true, next: done}
            - {id: done, type: exit}
            """, id: 51);
        // This process has not heard of it yet.
        await _app.ChangeElsewhereAsync(before => WorkspaceChange.Of(before.Workflows[50] with { Active = false }));

        var profile = await _app.ImportAsync("ann@example.com");
        await _app.EndedAsync(profile, 51);

        (await _app.RunsOfAsync(profile)).ShouldBeEmpty("workflow 50 was stopped");
    }

    [Fact]
    public async Task A_subscription_that_changes_starts_a_workflow()
    {
        await _app.WorkflowAsync("""
            - {id: left, type: on_subscription, resource: 21, channel: email, change: status, status: unsubscribed, next: done}
            - {id: done, type: exit}
            """);
        var profile = await _app.ImportAsync("ann@example.com");

        await _app.ImportAsync("ann@example.com", """{"subscriptions":[{"email":"ann@example.com","resource_id":21,"status":"unsubscribed"}]}""");

        var run = await _app.EndedAsync(profile);
        ((string)run["steps"]![0]!["decision"]!).ShouldBe("the subscription to resource 21 went from subscribed to unsubscribed");
    }

    [Fact]
    public async Task A_field_that_reaches_a_value_starts_a_workflow_also_when_another_workflow_set_it()
    {
        await _app.WorkflowAsync("""
            - {id: vip, type: on_field, field: custom_field, value: vip, next: done}
            - {id: done, type: exit}
            """, "reentry: each");
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: up}
            - {id: up, type: update_profile, set: {custom_field: vip}}
            """, id: 51);
        var imported = await _app.ImportAsync("a@example.com", """{"custom_field":"plain"}""");
        await _app.ImportAsync("a@example.com", """{"custom_field":"vip"}""");
        await _app.ImportAsync("a@example.com", """{"custom_field":"vip"}""");
        await _app.EndedAsync(imported);

        var set = await _app.EngageAsync("b@example.com", workflow: 51);
        await _app.EndedAsync(set.ProfileId);

        (await _app.RunsOfAsync(imported)).Count.ShouldBe(1, "it reached the value once");
        (await _app.RunsOfAsync(set.ProfileId)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_message_of_a_trigger_and_the_end_of_another_workflow_start_workflows()
    {
        await _app.WorkflowAsync("""
            - {id: sent, type: on_event, event: sent, trigger: 96, next: done}
            - {id: done, type: exit}
            """);
        await _app.WorkflowAsync("""
            - {id: after, type: on_event, event: workflow_ended, workflow: 50, state: finished, next: done}
            - {id: done, type: exit}
            """, id: 51);

        var answer = await _app.ImportAndStartAsync(96, "ann@example.com");

        ((string)(await _app.EndedAsync(answer.ProfileId))["reason"]!).ShouldBe("reached the exit");
        ((string)(await _app.EndedAsync(answer.ProfileId, 51))["state"]!).ShouldBe("finished");
    }

    [Fact]
    public async Task A_birthday_starts_a_workflow_at_its_hour_by_the_profiles_clock_once_a_year()
    {
        await _app.WorkflowAsync("""
            - {id: soon, type: on_date, field: _bdate, yearly: true, days: -3, time: "10:00", next: done}
            - {id: done, type: exit}
            """, "reentry: each");
        var berlin = await _app.ImportAsync("b@example.com", """{"_bdate":"1990-01-05","_tz":"Europe/Berlin"}""");
        var york = await _app.ImportAsync("n@example.com", """{"_bdate":"1980-01-05","_tz":"America/New_York"}""");
        var other = await _app.ImportAsync("o@example.com", """{"_bdate":"1980-06-05"}""");
        await _app.ImportAsync("none@example.com");

        // 2 January, 10:00 in Berlin is 09:00 UTC, in New York 15:00.
        await HoursAsync(32);
        (await _app.RunsOfAsync(berlin)).ShouldNotContain(run => (string?)run["state"] == "finished");
        await HoursAsync(2);
        await _app.EndedAsync(berlin);
        (await _app.RunsOfAsync(york)).ShouldNotContain(run => (string?)run["state"] == "finished");
        await HoursAsync(6);
        await _app.EndedAsync(york);

        await HoursAsync(48);
        ((await _app.RunsOfAsync(berlin)).Count, (await _app.RunsOfAsync(york)).Count, (await _app.RunsOfAsync(other)).Count).ShouldBe((1, 1, 0));
    }

    [Fact]
    public async Task A_date_at_the_end_of_time_stops_nobody_elses()
    {
        await _app.WorkflowAsync("""
            - {id: soon, type: on_date, field: _bdate, days: 1, next: done}
            - {id: done, type: exit}
            """);
        await _app.ImportAsync("last@example.com", """{"_bdate":"9999-12-31"}""");
        await _app.ImportAsync("first@example.com", """{"_bdate":"0001-01-01","_tz":"Europe/Berlin"}""");
        var due = await _app.ImportAsync("due@example.com", """{"_bdate":"2026-01-01"}""");

        await HoursAsync(25);

        await _app.EndedAsync(due);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"skip_triggers":true}""")]
    public async Task A_date_that_is_imported_after_the_look_for_it_starts_the_workflow_once(string options)
    {
        await _app.WorkflowAsync("""
            - {id: visit, type: on_date, field: joined, time: "00:40", next: done}
            - {id: done, type: exit}
            """, "reentry: each");
        var early = await _app.ImportAsync("early@example.com", """{"joined":"2026-01-01"}""");
        await HoursAsync(0);
        await _app.RunAsync(early, run => (string?)run["node"] == "visit");

        // The look was done at midnight and knows the dates up to one o'clock.
        var body = Requests.Json(options);
        (body["db_id"], body["data"]) = (1, Requests.Json("""{"email":"late@example.com","joined":"2026-01-01"}"""));
        var late = (await _app.PostAsync("profiles/import", body)).ProfileId;
        var changed = await _app.ImportAsync("changed@example.com", """{"joined":"2026-01-03"}""");
        await _app.ImportAsync("changed@example.com", """{"joined":"2026-01-01"}""");
        await _app.ImportAsync("early@example.com", """{"joined":"2026-01-01","age":5}""");
        var past = await _app.ImportAsync("past@example.com", """{"joined":"2025-12-31"}""");
        await _app.UntilAsync(async () => await _app.CountAsync("happenings") == 0, () => Task.FromResult("the changes are not looked at"));

        ((string)(await _app.RunsOfAsync(late)).ShouldHaveSingleItem()["run_at"]!).ShouldBe("2026-01-01T00:40:00.000Z");
        _app.Advance(TimeSpan.FromMinutes(40));
        foreach (var profile in new[] { early, late, changed }) await _app.EndedAsync(profile);
        await HoursAsync(3);
        foreach (var profile in new[] { early, late, changed }) (await _app.RunsOfAsync(profile)).ShouldHaveSingleItem("each has one date");
        (await _app.RunsOfAsync(past)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_look_for_dates_says_how_far_it_goes_before_it_reads_anybody()
    {
        await _app.WorkflowAsync("""
            - {id: visit, type: on_date, field: joined, time: "01:40", next: done}
            - {id: done, type: exit}
            """);
        var profile = await _app.ImportAsync("a@example.com", """{"joined":"2026-01-01"}""");
        await HoursAsync(0);
        var (dates, model, shard) = (_app.Services.GetRequiredService<DateStarts>(), _app.Services.GetRequiredService<WorkspaceSource>().Current, _app.Database.ShardOfId(profile));
        var ((workflow, entry), now) = (DateStarts.Of(model).ShouldHaveSingleItem(), _app.Clock.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds());

        // A change that is made while the first page is read is in neither the page nor, if it were said with the page, before the date that was reached.
        var (moved, reached, runs) = await _app.Database.WriteAsync(async session => (
            await dates.RunAsync(session, model, workflow, entry, shard, now, CancellationToken.None),
            (await session.QueryAsync("SELECT scanning_to FROM date_scans WHERE shard = @shard", row => row.GetInt64(0), CancellationToken.None, ("shard", shard))).Single(),
            (await session.QueryAsync("SELECT count(*) FROM runs WHERE shard = @shard", row => row.GetInt64(0), CancellationToken.None, ("shard", shard))).Single()), CancellationToken.None);

        (moved, reached > now, runs).ShouldBe((true, true, 0));
        await _app.RunAsync(profile, run => (string?)run["node"] == "visit");
    }

    /// <summary>Hour by hour, each time until the look for dates has come as far.</summary>
    private async Task HoursAsync(int hours)
    {
        for (var hour = 0; hour <= hours; hour++)
        {
            if (hour > 0) _app.Advance(TimeSpan.FromHours(1));
            var now = _app.Clock.GetUtcNow().ToUnixTimeMilliseconds();
            await _app.UntilAsync(async () => await LookedAsync(now), () => Task.FromResult("the look for dates does not come on"));
        }
    }

    private Task<bool> LookedAsync(long now) => _app.Database.ReadAsync(async session =>
        (await session.QueryAsync("SELECT upto, scanning_to FROM date_scans", row => row.GetInt64(0) > now && row.GetInt64(1) == 0, CancellationToken.None)) is var places
        && places.Count == _app.Database.Shards && places.TrueForAll(looked => looked), CancellationToken.None);
}
