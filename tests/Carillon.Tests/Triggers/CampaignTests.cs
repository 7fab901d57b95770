using System.Text.Json.Nodes;
using Carillon.Delivery;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Tests.Harness;
using Carillon.Workspace;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Triggers;

/// <summary>Activating, stopping and deleting trigger mailings.</summary>
public sealed class CampaignTests : IAsyncLifetime
{
    private const string Later = """{"timeout":{"minutes":5}}""";
    private const string Stopped = "triggers: [{id: 96, name: Welcome, database: 1, resource: 21, channel: email, template: 5, active: false}]";

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_launch_right_after_the_activation_finds_it()
    {
        await _app.ImportAsync("a@example.com");
        (await _app.LaunchByEmailAsync(97, "a@example.com")).ErrorText.ShouldBe("Trigger is not active");

        (await _app.PostAsync("campaigns/activate", Requests.Json("""{"id":97}"""))).Text.ShouldBe("""{"data":null,"error":0,"error_text":"Successful operation"}""");

        (await _app.LaunchByEmailAsync(97, "a@example.com")).Error.ShouldBe(0);
        await ShouldBeAsync(97, "Active");
    }

    [Fact]
    public async Task A_trigger_has_no_audience_to_run_for() =>
        (await _app.PostAsync("campaigns/activate", Requests.Json("""{"id":97,"run_now":true}"""))).ErrorText.ShouldStartWith("Parameter 'run_now' is not supported: ");

    [Fact]
    public async Task Stopping_refuses_new_launches_and_still_sends_what_was_accepted()
    {
        var accepted = await _app.ImportAndStartAsync(96, "a@example.com", Later);

        (await _app.PostAsync("campaigns/deactivate", Requests.Json("""{"id":"96"}"""))).Error.ShouldBe(0);

        (await _app.LaunchByEmailAsync(96, "a@example.com")).ErrorText.ShouldBe("Trigger is not active");
        await ShouldBeAsync(96, "Inactive");
        _app.Advance(TimeSpan.FromMinutes(5));
        await _app.Sink.WaitForAsync(1);
        await _app.VerdictsAsync(1);
        ((string)(await _app.MessageAsync(accepted))["state"]!).ShouldBe("sent");
    }

    [Fact]
    public async Task Aborting_gives_what_waits_its_verdict_and_touches_no_other_trigger()
    {
        var (mine, other) = (await _app.ImportAndStartAsync(96, "a@example.com", Later), await _app.ImportAndStartAsync(84, "b@example.com", Later));

        (await _app.PostAsync("campaigns/deactivate", Requests.Json("""{"id":"96","abort_if_running":"true"}"""))).Error.ShouldBe(0);

        var message = await _app.MessageAsync(mine);
        ((string)message["state"]!, (string)message["reason"]!).ShouldBe(("skipped", DropMessages.Reason));
        ((string)(await _app.MessageAsync(other))["state"]!).ShouldBe("queued");
        (await EventsAsync("suppress")).ShouldBe(1);
        _app.Advance(TimeSpan.FromMinutes(5));
        await _app.Sink.WaitForAsync(1);
        _app.Sink.Mails.ShouldHaveSingleItem().To.ShouldBe("b@example.com");
    }

    [Fact]
    public async Task A_long_queue_is_dropped_in_steps()
    {
        var launches = Enumerable.Range(0, 60).Select(i => _app.ImportAndStartAsync(i % 2 == 0 ? 96 : 84, $"a{i}@example.com", Later));
        await Task.WhenAll(launches);
        // Many more places of the queue than one step takes; all but the ones above are another trigger's.
        await CopyMessagesAsync(84, (DropMessages.Step * 2 / 30) + 1);

        (await _app.Services.GetRequiredService<DropMessages>().RunAsync(96)).ShouldBe(30);

        (await CountAsync("trigger_id = 96 AND state = 5")).ShouldBe(30);
        (await CountAsync("trigger_id = 84 AND state = 0")).ShouldBeGreaterThan(DropMessages.Step * 2);
        (await CountAsync("trigger_id = 84 AND state <> 0")).ShouldBe(0);
    }

    [Fact]
    public async Task What_a_stale_process_still_accepts_is_dropped_at_its_turn()
    {
        // As if the process had died between the mark and the queue: the mark alone must do.
        var accepted = await _app.ImportAndStartAsync(96, "a@example.com", Later);
        await MarkAsync();
        _app.Advance(TimeSpan.FromMinutes(5));
        await _app.VerdictsAsync(1);

        var message = await _app.MessageAsync(accepted);
        ((string)message["state"]!, (string)message["reason"]!).ShouldBe(("skipped", DropMessages.Reason));
    }

    [Fact]
    public async Task What_was_dropped_stays_dropped_when_the_trigger_is_activated_again()
    {
        var early = await _app.ImportAndStartAsync(96, "a@example.com", Later);
        await MarkAsync();
        _app.Advance(TimeSpan.FromSeconds(1));
        await _app.PostAsync("campaigns/activate", Requests.Json("""{"id":96}"""));
        var late = await _app.ImportAndStartAsync(96, "b@example.com", Later);

        _app.Advance(TimeSpan.FromMinutes(5));
        await _app.VerdictsAsync(2);

        ((string)(await _app.MessageAsync(early))["state"]!).ShouldBe("skipped");
        ((string)(await _app.MessageAsync(late))["state"]!).ShouldBe("sent");
    }

    [Fact]
    public async Task The_file_starts_and_stops_only_where_it_says_so()
    {
        await _app.PostAsync("campaigns/deactivate", Requests.Json("""{"id":96,"abort_if_running":true}"""));
        await _app.ApplyAsync(Stopped.Replace(", active: false", "", StringComparison.Ordinal).Replace("Welcome", "Renamed", StringComparison.Ordinal));
        await ShouldBeAsync(96, "Inactive");
        (await TriggerAsync(96)).Dropping.ShouldBeTrue();

        await _app.ApplyAsync(Stopped.Replace("false", "true", StringComparison.Ordinal));
        await ShouldBeAsync(96, "Active");
        (await TriggerAsync(96)).Dropping.ShouldBeFalse();
        (await TriggerAsync(96)).DropUntil.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task The_file_takes_the_place_of_what_the_api_made_and_keeps_what_it_does_not_mention()
    {
        var made = (int)(await _app.PostAsync("campaigns/triggers/clone", Requests.Json("""{"id":96,"name":"Made"}"""))).Json["data"]!["saved_id"]!;
        await _app.PostAsync("campaigns/triggers/update", Requests.Json("""{"id":96,"name":"Edited","skip_minutes":5}"""));

        var result = await new ApplyWorkspace(_app.Database, Carillon.Workflows.Graph.Check, _app.Clock).RunAsync(
            WorkspaceFile.Parse(Stopped, Carillon.Templates.Template.Check).File!, CancellationToken.None);

        result.Changes.ShouldBe(["changed trigger 96 \"Welcome\": name, active, wait"]);
        (await TriggerAsync(made)).Name.ShouldBe("Made");
    }

    [Fact]
    public async Task A_trigger_is_deleted_when_nothing_needs_it()
    {
        (await DeleteAsync(96)).ErrorText.ShouldBe("Trigger 96 is active: deactivate it first");
        var accepted = await _app.ImportAndStartAsync(96, "a@example.com", Later);
        await _app.PostAsync("campaigns/deactivate", Requests.Json("""{"id":96}"""));
        (await DeleteAsync(96)).ErrorText.ShouldBe("Trigger 96 has messages that wait: deactivate it with 'abort_if_running' to drop them, or let them be sent");
        await _app.PostAsync("campaigns/deactivate", Requests.Json("""{"id":96,"abort_if_running":true}"""));

        (await DeleteAsync(96)).Error.ShouldBe(0);

        (await _app.PostAsync("campaigns/get", Requests.Json("""{"id":96}"""))).Error.ShouldBe(404);
        (await _app.LaunchByEmailAsync(96, "a@example.com")).Error.ShouldBe(404);
        ((string)(await _app.MessageAsync(accepted))["state"]!).ShouldBe("skipped");
    }

    [Theory]
    [InlineData("campaigns/triggers/start_batch_task", """{"id":96,"data":[{"email":"a@example.com"}]}""", Carillon.Triggers.TriggerTask.Start)]
    [InlineData("campaigns/triggers/start_batch_task", """{"id":96,"custom_request":{"email":"a@example.com"}}""", Carillon.Triggers.LaunchToAudience.Kind)]
    public async Task A_trigger_is_not_deleted_while_a_task_launches_it(string method, string body, string kind)
    {
        await _app.ImportAsync("a@example.com");
        var mend = _app.BreakTasks(kind);
        var id = (string)(await _app.PostAsync(method, Requests.Json(body))).Json["data"]!["task_id"]!;
        await _app.TaskAsync(id, task => task.Faults > 0);
        await _app.PostAsync("campaigns/deactivate", Requests.Json("""{"id":96,"abort_if_running":true}"""));

        (await DeleteAsync(96)).ErrorText.ShouldBe("Trigger 96 has a task that is not finished: wait for its end");

        mend();
        _app.Advance(TimeSpan.FromMinutes(1));
        await _app.TaskAsync(id);
        (await DeleteAsync(96)).Error.ShouldBe(0);
    }

    [Fact]
    public async Task A_mailing_tells_who_wrote_it_last()
    {
        var data = await GetAsync(96);
        ((string)data["updated_user"]!, (string)data["type"]!, (string)data["data_type"]!, (int)data["data_id"]!, (bool)data["send_email_content"]!).ShouldBe(("workspace file", "trigger", "list", 1, true));

        _app.Clock.Advance(TimeSpan.FromHours(1));
        await _app.PostAsync("campaigns/deactivate", Requests.Json("""{"id":96}"""));

        data = await GetAsync(96);
        ((string)data["updated_user"]!, (string)data["update_time"]!, (bool)data["is_active"]!).ShouldBe(("examples", "2026-01-01T01:00:00.000Z", false));
    }

    [PostgresFact]
    public async Task A_worker_of_another_process_delivers_a_trigger_that_was_made_a_moment_ago()
    {
        await using var app = await CarillonApp.StartAsync(settings: new Carillon.Commands.Settings { Role = "api", Database = "x" });
        await app.AddNodeAsync("worker");
        var made = (int)(await app.PostAsync("campaigns/triggers/clone", Requests.Json("""{"id":96,"name":"Made"}"""))).Json["data"]!["saved_id"]!;
        await app.PostAsync("campaigns/activate", new JsonObject { ["id"] = made });

        var answer = await app.ImportAndStartAsync(made, "a@example.com", """{"expiration":"2099-01-01T00:00:00Z"}""");

        await app.Sink.WaitForAsync(1);
        answer.Error.ShouldBe(0);
    }

    private Task MarkAsync() => _app.Services.GetRequiredService<ChangeWorkspace>().RunAsync("test",
        (before, _) => Carillon.Triggers.WriteTrigger.Activate(before, 96, active: false, droppedAt: _app.Clock.GetUtcNow()));

    private Task<Answer> DeleteAsync(int id) => _app.PostAsync("campaigns/delete", new JsonObject { ["id"] = id });

    private async Task<JsonNode> GetAsync(int id) => (await _app.PostAsync("campaigns/get", new JsonObject { ["id"] = id })).Json["data"]!;

    private async Task ShouldBeAsync(int id, string status) =>
        ((string)(await _app.PostAsync("campaigns/get_status", new JsonObject { ["id"] = id })).Json["data"]!["status"]!).ShouldBe(status);

    private async Task<Trigger> TriggerAsync(int id) =>
        (await _app.Database.ReadAsync(session => WorkspaceTables.LoadAsync(session, CancellationToken.None), CancellationToken.None)).Triggers[id];

    private Task<long> EventsAsync(string kind) => _app.CountAsync($"events WHERE kind = '{kind}'");

    private Task<long> CountAsync(string condition) => _app.CountAsync($"messages WHERE {condition}");

    /// <summary>The messages of a trigger again, under other ids, in the same queues.</summary>
    private Task CopyMessagesAsync(int trigger, int times) => _app.Database.WriteAsync(async session =>
    {
        var messages = await session.QueryAsync($"SELECT {MessageStore.Columns} FROM messages WHERE trigger_id = @trigger", MessageStore.Read, CancellationToken.None, ("trigger", trigger));
        await MessageStore.EnqueueAsync(session, [.. Enumerable.Range(0, times).SelectMany(i => messages.Select(message => message with { Id = $"{message.Id}-{i}" }))], CancellationToken.None);
    }, CancellationToken.None);
}
