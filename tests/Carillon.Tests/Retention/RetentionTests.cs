using Carillon.Commands;
using Carillon.Retention;
using Carillon.Storage;
using Carillon.Tests.Harness;
using Carillon.Tests.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Retention;

/// <summary>What is done with goes; what something still needs stays.</summary>
public sealed class RetentionTests : IAsyncLifetime
{
    private const string File = """{"attach":[{"name":"a.txt","data":"data:text/plain;base64,SEVMTE8K"}],"content":{"email_title":"soon"}}""";

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync(settings: new Settings { Retention = new() { Events = 60 } });

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_sent_message_goes_with_its_launch_and_a_waiting_one_keeps_all_it_needs()
    {
        await _app.ImportAndStartAsync(96, "done@example.com", File);
        await _app.VerdictsAsync(1);
        var waiting = Requests.Json(File);
        waiting["timeout"] = new System.Text.Json.Nodes.JsonObject { ["days"] = 50 };
        var answer = await _app.ImportAndStartAsync(96, "waits@example.com", waiting.ToJsonString());

        _app.Clock.Advance(TimeSpan.FromDays(8));
        await CleanAsync();
        (await CountsAsync("messages", "launches", "attempts", "attachments")).ShouldBe([2, 2, 1, 1]);

        _app.Clock.Advance(TimeSpan.FromDays(23));
        await CleanAsync();
        (await CountsAsync("messages", "launches", "attempts", "attachments", "profiles")).ShouldBe([1, 1, 0, 1, 2]);
        (await _app.MessageAsync(answer))["state"]!.GetValue<string>().ShouldBe("queued");

        _app.Advance(TimeSpan.FromDays(19));
        await _app.VerdictsAsync(2);
        var mail = System.Text.Encoding.UTF8.GetString(_app.Sink.Mails[^1].Content);
        mail.ShouldContain("a.txt");
        mail.ShouldContain("soon");

        _app.Clock.Advance(TimeSpan.FromDays(29));
        await CleanAsync();
        (await CountsAsync("messages", "launches", "attachments")).ShouldBe([1, 1, 0]);
        _app.Clock.Advance(TimeSpan.FromDays(2));
        await CleanAsync();
        (await CountsAsync("messages", "launches", "attempts")).ShouldBe([0, 0, 0]);
    }

    [Theory]
    [InlineData("reentry: each", 0)]
    [InlineData("reentry: never", 1)]
    public async Task A_profile_inside_a_workflow_keeps_the_content_it_came_with(string reentry, long runsLeft)
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: hello}
            - {id: hello, type: send, channel: email, resource: 21, template: 5, next: pause}
            - {id: pause, type: wait, days: 50, next: again}
            - {id: again, type: send, channel: email, resource: 21, template: 5, next: done}
            - {id: done, type: exit}
            """, reentry);
        var answer = await _app.EngageAsync("ann@example.com", """{"content":{"email_title":"Hi"}}""");
        await _app.RunAtAsync(answer.ProfileId, "pause");
        await _app.VerdictsAsync(1);

        _app.Clock.Advance(TimeSpan.FromDays(31));
        await CleanAsync();
        (await CountsAsync("messages", "launches", "runs")).ShouldBe([0, 1, 1]);

        _app.Advance(TimeSpan.FromDays(19));
        await _app.EndedAsync(answer.ProfileId);
        await _app.VerdictsAsync(2);
        _app.Sink.Mails[^1].Header("Subject").ShouldBe("Hello Ann: Hi");

        _app.Clock.Advance(TimeSpan.FromDays(31));
        await CleanAsync();
        (await CountsAsync("messages", "launches", "steps", "runs")).ShouldBe([0, 0, 0, runsLeft]);
    }

    [Fact]
    public async Task A_profile_inside_a_workflow_keeps_the_files_it_came_with()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: pause}
            - {id: pause, type: wait, days: 20, next: hello}
            - {id: hello, type: send, channel: email, resource: 21, template: 5, next: done}
            - {id: done, type: exit}
            """);
        var answer = await _app.EngageAsync("ann@example.com", File);
        await _app.RunAtAsync(answer.ProfileId, "pause");

        _app.Clock.Advance(TimeSpan.FromDays(19));
        await CleanAsync();
        _app.Advance(TimeSpan.FromDays(1));
        await _app.EndedAsync(answer.ProfileId);
        await _app.VerdictsAsync(1);
        System.Text.Encoding.UTF8.GetString(_app.Sink.Mails.ShouldHaveSingleItem().Content).ShouldContain("a.txt");

        _app.Clock.Advance(TimeSpan.FromDays(8));
        await CleanAsync();
        (await CountsAsync("attachments")).ShouldBe([0]);
    }

    [Fact]
    public async Task A_task_that_waits_keeps_the_launch_and_the_files_of_its_items()
    {
        await _app.ImportAsync("a@example.com");
        var body = Requests.Json(File);
        (body["id"], body["data"]) = (96, new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject { ["email"] = "a@example.com" }));
        var mend = _app.BreakTasks(Carillon.Triggers.TriggerTask.Start);
        var id = (string)(await _app.PostAsync("campaigns/triggers/start_batch_task", body)).Json["data"]!["task_id"]!;
        await _app.TaskAsync(id, task => task.Faults > 0);

        _app.Clock.Advance(TimeSpan.FromDays(31));
        await CleanAsync();
        (await CountsAsync("launches", "attachments", "tasks")).ShouldBe([1, 1, 1]);

        mend();
        _app.Advance(TimeSpan.FromHours(2));
        (await _app.TaskAsync(id)).Failed.ShouldBe(0);
        await _app.VerdictsAsync(1);
        System.Text.Encoding.UTF8.GetString(_app.Sink.Mails.ShouldHaveSingleItem().Content).ShouldContain("a.txt");

        _app.Clock.Advance(TimeSpan.FromDays(62));
        await CleanAsync();
        await CleanAsync();
        (await CountsAsync("launches", "attachments", "messages")).ShouldBe([0, 0, 0]);
    }

    [Fact]
    public async Task A_message_whose_files_are_gone_fails_and_does_not_go_without_them()
    {
        var later = Requests.Json(File);
        later["timeout"] = new System.Text.Json.Nodes.JsonObject { ["minutes"] = 5 };
        var answer = await _app.ImportAndStartAsync(96, "a@example.com", later.ToJsonString());
        await _app.Database.WriteAsync(session => session.ExecuteAsync("DELETE FROM attachments", CancellationToken.None), CancellationToken.None);

        _app.Advance(TimeSpan.FromMinutes(5));
        await _app.VerdictsAsync(1);

        var message = await _app.MessageAsync(answer);
        ((string)message["state"]!, (string)message["reason"]!).ShouldBe(("failed", "of the launch's files (1) 0 are left"));
        _app.Sink.Mails.ShouldBeEmpty();
    }

    [Fact]
    public async Task History_and_answers_go_by_their_own_age()
    {
        await _app.PostAsync("profiles/import", Requests.Json("""{"db_id":1,"data":{"email":"a@example.com"}}"""), ("Request-ID", "one"));
        _app.Clock.Advance(TimeSpan.FromHours(23));
        await CleanAsync();
        (await CountsAsync("answers", "events")).ShouldBe([1, 1]);
        _app.Clock.Advance(TimeSpan.FromHours(1));
        await CleanAsync();
        (await CountsAsync("answers", "events")).ShouldBe([0, 1]);
        _app.Clock.Advance(TimeSpan.FromDays(60));
        await CleanAsync();
        (await CountsAsync("events", "profiles")).ShouldBe([0, 1]);
    }

    [Fact]
    public async Task Under_a_steady_load_the_store_stops_growing()
    {
        List<long> rows = [], pages = [];
        for (var round = 0; round < 8; round++)
        {
            // The same hundred profiles, so that only what is cleaned could grow.
            await Task.WhenAll(Enumerable.Range(0, 300).Select(i => _app.ImportAndStartAsync(96, $"a{i % 100}@example.com", $$"""{"content":{"email_title":"{{round}} {{i}}","text":"{{new string('x', 2000)}}"} }""")));
            var file = await _app.PostAsync("file_upload", Requests.Json("""{"header":"US.txt","data":"data:text/csv;base64,SEVMTE8K"}"""));
            var task = await _app.PostAsync("campaigns/triggers/start_batch_task", Requests.Json($$"""{"id":96,"data":[{"email":"a0@example.com"}],"attach":[{"file_key":"{{file.Json["data"]!["file"]}}"}]}"""));
            (await _app.TaskAsync((string)task.Json["data"]!["task_id"]!)).Failed.ShouldBe(0);
            await _app.VerdictsAsync((round + 1) * 301);
            _app.Clock.Advance(TimeSpan.FromDays(31));
            await CleanAsync();
            rows.Add((await CountsAsync("messages", "launches", "attempts", "events", "answers", "attachments", "files", "tasks", "task_results")).Sum());
            pages.Add(TestStore.IsPostgres ? 0 : await NumberAsync("PRAGMA page_count"));
        }

        rows[2..].ShouldAllBe(count => count == rows[2]);
        // Freed pages are used again: where the profiles' rows happen to fall may take a few.
        (pages[^1] - pages[2]).ShouldBeLessThanOrEqualTo(pages[2] / 20, string.Join(", ", pages));
        pages[2].ShouldBeLessThanOrEqualTo(1000);
    }

    [Fact]
    public async Task Only_one_process_cleans_at_a_time()
    {
        Task<bool> Take(string owner, long now) => _app.Database.WriteAsync(session => Leases.TakeAsync(session, "test", owner, now, now + 100, CancellationToken.None), CancellationToken.None);
        (await Take("a", 0)).ShouldBeTrue();
        (await Take("b", 50)).ShouldBeFalse();
        (await Take("a", 60)).ShouldBeTrue();
        (await Take("b", 159)).ShouldBeFalse();
        (await Take("b", 160)).ShouldBeTrue();

        await _app.Database.WriteAsync(session => session.ExecuteAsync("INSERT INTO leases (name, owner, until) VALUES ('cleaner', 'another', @until)", CancellationToken.None,
            ("until", _app.Clock.GetUtcNow().AddDays(3650).ToUnixTimeMilliseconds())), CancellationToken.None);
        await _app.ImportAsync("a@example.com");
        _app.Clock.Advance(TimeSpan.FromDays(61));
        (await CleanAsync()).ShouldBe(0);
        (await CountsAsync("events")).ShouldBe([1]);
    }

    [Fact]
    public async Task What_wants_a_person_is_found_by_an_index_of_its_own()
    {
        _app.Sink.OnRcpt = (_, _) => "550 5.1.1 no such mailbox";
        await _app.ImportAndStartAsync(96, "a@example.com");
        await _app.VerdictsAsync(1);
        (await _app.GetAsync("/api/v2/messages?state=failed"))["messages"]!.AsArray().Count.ShouldBe(1);
        (await _app.GetAsync("/api/v2/messages?state=failed&before=ffffffff"))["messages"]!.AsArray().Count.ShouldBe(1);
        (await _app.GetAsync("/api/v2/messages?state=failed&trigger_id=84"))["messages"]!.AsArray().Count.ShouldBe(0);
        (await _app.GetAsync("/api/v2/messages?state=unknown"))["messages"]!.AsArray().Count.ShouldBe(0);
        if (TestStore.IsPostgres) return;

        foreach (var state in new[] { 3, 6 })
        {
            var plan = await _app.Database.ReadAsync(session => session.QueryAsync($"EXPLAIN QUERY PLAN SELECT w.id FROM messages w WHERE w.shard = @shard AND w.state = {state} AND w.id < 'f' ORDER BY w.id DESC LIMIT @most",
                row => row.GetString(3), CancellationToken.None, ("shard", 0), ("most", 100)), CancellationToken.None);
            plan.ShouldHaveSingleItem().ShouldContain("messages_wanting");
        }
    }

    private Task<long> CleanAsync() => _app.Services.GetRequiredService<Cleaner>().CleanAsync(CancellationToken.None);

    private async Task<List<long>> CountsAsync(params string[] tables)
    {
        List<long> counts = [];
        foreach (var table in tables) counts.Add(await _app.CountAsync(table));
        return counts;
    }

    private Task<long> NumberAsync(string sql) => _app.Database.ReadAsync(async session => (await session.QueryAsync(sql, row => row.GetInt64(0), CancellationToken.None))[0], CancellationToken.None);
}
