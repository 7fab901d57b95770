using System.Text;
using System.Text.Json.Nodes;
using Carillon.Commands;
using Carillon.Repeats;
using Carillon.Tests.Harness;
using Carillon.Tests.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Repeats;

/// <summary>A repeated call gets the first one's answer and launches nothing, also when the two run at the same moment.</summary>
public sealed class RepeatTests : IAsyncLifetime
{
    private const string Start = "campaigns/triggers/start";
    private const string ImportAndStart = "campaigns/triggers/import_and_start";

    /// <summary>The events of imports; a delivery that is quick adds others.</summary>
    private const string Imports = "events WHERE kind = 'import_api'";

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync(implicitWindow: 60);

    public async Task DisposeAsync() => await _app.DisposeAsync();

    private static bool IsRepeat(Answer answer) => answer.Headers.ContainsKey("Duplicate-Request");

    private async Task ReadyAsync()
    {
        await _app.ImportAsync("known@example.com");
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: pause}
            - {id: pause, type: wait, days: 1, next: done}
            - {id: done, type: exit}
            """, "reentry: each");
    }

    /// <summary>Every call that changes or launches by itself, with a body that succeeds once "known@example.com" was imported.</summary>
    public static TheoryData<string, string> Changing() => new()
    {
        { ImportAndStart, """{"trigger_id":96,"data":{"email":"known@example.com","subscriptions":[{"email":"known@example.com","resource_id":21}]}}""" },
        { Start, """{"id":96,"matching":"email","email":"known@example.com"}""" },
        { Start, """{"id":96,"custom_request":{"email":"known@example.com"}}""" },
        { "campaigns/triggers/start_batch", """{"trigger_id":96,"data":[{"email":"known@example.com"}]}""" },
        { "campaigns/triggers/start_batch", """{"trigger_id":96,"data":[{"custom_request":{"_status":0}}]}""" },
        { "campaigns/triggers/start_batch_task", """{"id":96,"data":[{"email":"known@example.com"}]}""" },
        { "campaigns/triggers/start_batch_task", """{"id":96,"custom_request":{"_status":0}}""" },
        { "campaigns/triggers/import_and_start_batch", """{"trigger_id":96,"data":[{"email":"known@example.com","subscriptions":[{"email":"known@example.com","resource_id":21}]}]}""" },
        { "campaigns/triggers/import_and_start_batch_task", """{"trigger_id":96,"data":[{"email":"known@example.com","subscriptions":[{"email":"known@example.com","resource_id":21}]}]}""" },
        { "profiles/import", """{"db_id":1,"data":{"email":"new@example.com"}}""" },
        { "profiles/import_batch", """{"db_id":1,"data":[{"email":"new@example.com"}]}""" },
        { "profiles/update_batch", """{"db_id":1,"data":[{"email":"known@example.com","_fname":"Ann"}]}""" },
        { "profiles/add", """{"db_id":1,"data":{"email":"new@example.com"}}""" },
        { "profiles/add_batch", """{"db_id":1,"data":[{"email":"new@example.com"}]}""" },
        { "workflows/import_and_start", """{"workflow_id":50,"data":{"email":"known@example.com"}}""" },
        { "workflows/start", """{"id":50,"matching":"email","email":"known@example.com"}""" },
        { "profiles/update", """{"db_id":1,"data":{"email":"known@example.com","_fname":"Ann"}}""" },
    };

    [Theory]
    [MemberData(nameof(Changing))]
    [InlineData("workflows/import_and_start_batch", """{"workflow_id":50,"data":[{"data":{"email":"known@example.com"}}]}""")]
    public async Task Sixty_four_twins_are_carried_out_once(string method, string body)
    {
        await ReadyAsync();
        var before = (Launches: await _app.CountAsync("launches"), Events: await _app.CountAsync(Imports));

        var twins = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => _app.PostAsync(method, Requests.Json(body), ("Request-ID", "one"))));

        twins.Select(answer => answer.Text).Distinct().ShouldHaveSingleItem();
        twins[0].Error.ShouldBe(0, twins[0].Text);
        twins.Select(answer => answer.Headers.GetValueOrDefault("Launch-ID")).Distinct().ShouldHaveSingleItem();
        twins.Count(answer => answer.Headers.GetValueOrDefault("Duplicate-Request") == "true").ShouldBe(63);
        (await _app.CountAsync("launches")).ShouldBeLessThanOrEqualTo(before.Launches + 1);
        if (!method.StartsWith("profiles", StringComparison.Ordinal)) (await _app.CountAsync("launches")).ShouldBe(before.Launches + 1);
        (await _app.CountAsync("tasks")).ShouldBe(method.EndsWith("_task", StringComparison.Ordinal) ? 1 : 0);
        if (!method.Contains("/start", StringComparison.Ordinal) && !method.EndsWith("_task", StringComparison.Ordinal)) (await _app.CountAsync(Imports)).ShouldBe(before.Events + 1);
    }

    [Fact]
    public async Task Sixty_four_twins_of_a_link_are_carried_out_once()
    {
        await ReadyAsync();
        var shown = new Uri((string)(await _app.PostAsync("campaigns/triggers/get", Requests.Json("""{"id":96}"""))).Json["data"]!["call_url"]!);
        var link = shown.AbsolutePath[..(shown.AbsolutePath.LastIndexOf('/') + 1)] + "known@example.com";

        var twins = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => _app.Http.GetAsync(link)));

        twins.Select(answer => answer.Headers.GetValues("Launch-ID").Single()).Distinct().ShouldHaveSingleItem();
        twins.ShouldAllBe(answer => answer.Content.Headers.ContentType!.MediaType == "application/json");
        twins.Count(answer => answer.Headers.Contains("Duplicate-Request")).ShouldBe(63);
        (await _app.CountAsync("launches")).ShouldBe(1);
    }

    [Fact]
    public async Task Sixty_four_twins_of_a_quick_import_are_carried_out_once()
    {
        await ReadyAsync();
        var url = $"/api/integrations/any/profile_import?token={CarillonApp.Token}&db_id=1&email=quick@example.com&resource_id=21&trigger_id=96";

        var twins = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => _app.Http.PostAsync(url, null)));

        twins.ShouldAllBe(answer => (int)answer.StatusCode == 200);
        twins.Count(answer => answer.Headers.Contains("Duplicate-Request")).ShouldBe(63);
        (await _app.CountAsync("launches")).ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(Changing))]
    public async Task Without_a_request_id_the_body_tells_and_the_answer_outlives_a_restart(string method, string body)
    {
        await ReadyAsync();
        var first = await _app.PostAsync(method, Requests.Json(body));
        first.Error.ShouldBe(0, first.Text);
        IsRepeat(first).ShouldBeFalse();
        await _app.RestartAsync();

        var second = await _app.PostAsync(method, Requests.Json(body));

        second.Text.ShouldBe(first.Text);
        second.Headers["Duplicate-Request"].ShouldBe("true");
        Convert.FromBase64String(second.Headers["Duplicate-Key"]).Length.ShouldBe(20);
        second.Headers.GetValueOrDefault("Launch-ID").ShouldBe(first.Headers.GetValueOrDefault("Launch-ID"));
    }

    [Fact]
    public async Task A_body_counts_as_a_repeat_for_the_window_and_a_request_id_for_a_day()
    {
        await _app.ImportAsync("known@example.com");
        async Task<bool> IsNew(params (string, string)[] headers) => !(await _app.LaunchByEmailAsync(96, "known@example.com", headers: headers)).Headers.ContainsKey("Duplicate-Request");

        (await IsNew()).ShouldBeTrue();
        (await IsNew(("Request-ID", "one"))).ShouldBeTrue();
        _app.Clock.Advance(TimeSpan.FromSeconds(59));
        (await IsNew()).ShouldBeFalse();
        (await IsNew(("X-Request-ID", "one"))).ShouldBeFalse();
        _app.Clock.Advance(TimeSpan.FromSeconds(1));
        (await IsNew()).ShouldBeTrue();
        _app.Clock.Advance(TimeSpan.FromHours(23));
        (await IsNew(("Request-ID", "one"))).ShouldBeFalse();
        _app.Clock.Advance(TimeSpan.FromHours(1));
        (await IsNew(("Request-ID", "one"))).ShouldBeTrue();
        (await IsNew(("Request-ID", "one"))).ShouldBeFalse();
        (await _app.CountAsync("launches")).ShouldBe(4);
    }

    [Fact]
    public async Task The_same_request_id_with_another_body_or_method_is_refused()
    {
        await _app.ImportAsync("known@example.com");
        (await _app.LaunchByEmailAsync(96, "known@example.com", headers: ("Request-ID", "one"))).Error.ShouldBe(0);

        var other = await _app.LaunchByEmailAsync(84, "known@example.com", headers: ("Request-ID", "one"));
        var elsewhere = await _app.PostAsync("profiles/import", Requests.Json("""{"db_id":1,"data":{"email":"new@example.com"}}"""), ("Request-ID", "one"));

        (other.Error, other.ErrorText).ShouldBe((409, "This Request-ID was used for another request: send a new one"));
        IsRepeat(other).ShouldBeFalse();
        elsewhere.Error.ShouldBe(409);
        (await _app.CountAsync("launches")).ShouldBe(1);
        (await _app.CountAsync("profiles")).ShouldBe(1);
    }

    [Fact]
    public async Task Another_token_has_request_ids_of_its_own()
    {
        await _app.ImportAsync("known@example.com");
        var body = """{"id":96,"matching":"email","email":"known@example.com"}""";
        (await _app.PostAsync(Start, body, ("Request-ID", "one"), ("Authorization", "Bearer " + CarillonApp.Token))).Error.ShouldBe(0);
        var other = await _app.PostAsync(Start, body, ("Request-ID", "one"), ("Authorization", "Bearer abcdefghklmnopqrstzxc"));
        other.Error.ShouldBe(0);
        IsRepeat(other).ShouldBeFalse();
    }

    [Fact]
    public async Task A_refusal_is_not_kept_so_the_caller_can_correct_and_try_again()
    {
        (await _app.LaunchByEmailAsync(96, "late@example.com", headers: ("Request-ID", "one"))).Error.ShouldBe(404);
        (await _app.LaunchByEmailAsync(97, "late@example.com", headers: ("Request-ID", "one"))).Error.ShouldBe(400);
        (await _app.CountAsync("answers")).ShouldBe(0);
        await _app.ImportAsync("late@example.com");

        var corrected = await _app.LaunchByEmailAsync(96, "late@example.com", headers: ("Request-ID", "one"));

        corrected.Error.ShouldBe(0);
        IsRepeat(corrected).ShouldBeFalse();
    }

    [Fact]
    public async Task A_repeat_gets_its_answer_also_when_the_call_would_be_refused_by_now()
    {
        await _app.ImportAsync("known@example.com");
        var first = await _app.LaunchByEmailAsync(96, "known@example.com", headers: ("Request-ID", "one"));
        await _app.ApplyAsync(Repository.Read("tests/Carillon.Tests/Harness/workspace.yaml").Replace("{id: 96, name: Welcome, type: api_call, database: 1, resource: 21, channel: email, template: 5, active: true}",
            "{id: 96, name: Welcome, type: api_call, database: 1, resource: 21, channel: email, template: 5, active: false}", StringComparison.Ordinal));
        (await _app.LaunchByEmailAsync(96, "known@example.com", headers: ("Request-ID", "two"))).ErrorText.ShouldBe("Trigger is not active");

        var repeat = await _app.LaunchByEmailAsync(96, "known@example.com", headers: ("Request-ID", "one"));

        (repeat.Text, repeat.Headers["Launch-ID"]).ShouldBe((first.Text, first.Headers["Launch-ID"]));
    }

    [Fact]
    public async Task The_answer_is_given_in_the_format_that_the_repeat_asks_for()
    {
        var xml = $"<xml><token>{CarillonApp.Token}</token><db_id>1</db_id><data><email>a@example.com</email></data></xml>";
        var first = await _app.PostXmlAsync("profiles/import", xml, ("Request-ID", "one"));
        var second = await _app.PostXmlAsync("profiles/import", xml, ("Request-ID", "one"), ("Accept", "application/json"));
        first.Text.ShouldContain($"<profile_id>{second.ProfileId}</profile_id>");
        second.Headers["Duplicate-Request"].ShouldBe("true");
    }

    [Fact]
    public async Task Calls_that_read_are_never_answered_from_memory()
    {
        var id = await _app.ImportAsync("known@example.com");
        async Task<string?> Name() => (string?)(await _app.PostAsync("profiles/get", Requests.Json($$"""{"db_id":1,"matching":"profile_id","profile_id":"{{id}}"}"""), ("Request-ID", "one"))).Json["data"]!["_fname"];
        (await Name()).ShouldBeNull();
        await _app.ImportAsync("known@example.com", """{"_fname":"Ann"}""");
        (await Name()).ShouldBe("Ann");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Keys_that_memory_does_not_hold_are_found_on_disk(int inMemory)
    {
        await using var app = await CarillonApp.StartAsync(settings: new Settings { Api = new() { Deduplication = new() { KeysInMemory = inMemory } } });
        async Task<string> Import(int number, bool repeat)
        {
            var answer = await app.PostAsync("profiles/import", Requests.Json($$$"""{"db_id":1,"data":{"email":"a{{{number}}}@example.com"}}"""), ("Request-ID", $"{number}"));
            answer.Headers.ContainsKey("Duplicate-Request").ShouldBe(repeat, $"{number}");
            return answer.ProfileId;
        }
        List<string> first = [];
        for (var i = 0; i < 8; i++) first.Add(await Import(i, repeat: false));
        app.Services.GetRequiredService<AnswerStore>().Remembered.ShouldBe(TestStore.IsPostgres ? 0 : inMemory);

        for (var i = 0; i < 8; i++) (await Import(i, repeat: true)).ShouldBe(first[i]);
        await app.RestartAsync();
        for (var i = 0; i < 8; i++) (await Import(i, repeat: true)).ShouldBe(first[i]);

        // What has expired, but was not cleaned, is in nobody's way.
        app.Clock.Advance(TimeSpan.FromDays(1));
        for (var i = 0; i < 8; i++) await Import(i, repeat: false);
        for (var i = 0; i < 8; i++) await Import(i, repeat: true);
    }

    [PostgresFact]
    public async Task Twins_on_several_nodes_are_carried_out_once()
    {
        await using var app = await CarillonApp.StartAsync(settings: new Settings { Role = "api", Database = "x" });
        await app.ImportAsync("known@example.com");
        var nodes = new[] { app.Http, Client(await app.AddNodeAsync("api", app.Clock)), Client(await app.AddNodeAsync("api", app.Clock)) };
        for (var round = 0; round < 20; round++)
        {
            var body = Encoding.UTF8.GetBytes($$"""{"token":"{{CarillonApp.Token}}","id":96,"matching":"email","email":"known@example.com"}""");
            var twins = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => CarillonApp.SendAsync(nodes[i % 3], Start, body, "application/json", ("Request-ID", $"round {round}"))));

            twins.ShouldAllBe(answer => answer.Error == 0);
            twins.Select(answer => answer.Headers["Launch-ID"]).Distinct().ShouldHaveSingleItem();
            twins.Count(answer => !answer.Headers.ContainsKey("Duplicate-Request")).ShouldBe(1);
        }
        (await app.CountAsync("launches")).ShouldBe(20);
        foreach (var node in nodes[1..]) node.Dispose();

        static HttpClient Client(Microsoft.AspNetCore.Builder.WebApplication node) => new() { BaseAddress = new Uri(node.Urls.Single()) };
    }

    [Fact]
    public async Task What_was_rolled_back_was_not_carried_out()
    {
        var body = Requests.Json("""{"db_id":1,"data":{"email":"a@example.com"}}""");
        await _app.Database.WriteAsync(session => session.ExecuteAsync("ALTER TABLE events RENAME TO hidden", CancellationToken.None), CancellationToken.None);
        (await _app.PostAsync("profiles/import", (JsonObject)body.DeepClone(), ("Request-ID", "one"))).Error.ShouldBe(500);
        await _app.Database.WriteAsync(session => session.ExecuteAsync("ALTER TABLE hidden RENAME TO events", CancellationToken.None), CancellationToken.None);

        var again = await _app.PostAsync("profiles/import", (JsonObject)body.DeepClone(), ("Request-ID", "one"));
        var repeat = await _app.PostAsync("profiles/import", (JsonObject)body.DeepClone(), ("Request-ID", "one"));

        again.Error.ShouldBe(0, again.Text);
        IsRepeat(again).ShouldBeFalse();
        (repeat.ProfileId, repeat.Headers["Duplicate-Request"]).ShouldBe((again.ProfileId, "true"));
    }
}
