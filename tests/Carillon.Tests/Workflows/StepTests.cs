using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Carillon.Commands;
using Carillon.Tests.Harness;
using Carillon.Workflows;

namespace Carillon.Tests.Workflows;

/// <summary>What each kind of node does.</summary>
public sealed class StepTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync()
    {
        _app = await CarillonApp.StartAsync(settings: new Settings { Workflows = new WorkflowSettings { AllowPrivateAddresses = true } });
        await _app.ApplyAsync(Repository.Read("tests/Carillon.Tests/Workflows/series.yaml"));
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Update_profile_sets_fields_with_values_from_the_content()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: up}
            - {id: up, type: update_profile, set: {_lname: "{apicontent.name}", age: "{apicontent.age}", member: true, interests: [a, b]}, next: done, failed: bad}
            - {id: done, type: exit}
            - {id: bad, type: exit}
            """);

        var answer = await _app.EngageAsync("ann@example.com", """{"content":{"name":"Lee","age":42}}""");
        (await _app.EndedAsync(answer.ProfileId)).Path().ShouldBe("start:next up:next done");
        var profile = await _app.ProfileAsync("email", "email", "ann@example.com");
        ((string)profile["_lname"]!, (int)profile["age"]!, (bool)profile["member"]!).ShouldBe(("Lee", 42, true));

        var refused = await _app.EngageAsync("b@example.com", """{"content":{"age":"old"}}""");
        var run = await _app.EndedAsync(refused.ProfileId);
        run.Path().ShouldBe("start:next up:failed bad");
        ((string)run["steps"]![1]!["decision"]!).ShouldContain("Field 'age' is int");
    }

    [Fact]
    public async Task A_unique_value_that_another_profile_owns_is_refused_and_one_that_is_free_is_taken()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: up}
            - {id: up, type: update_profile, set: {CRM_ID: "{apicontent.crm}"}, next: done, failed: bad}
            - {id: done, type: exit}
            - {id: bad, type: exit}
            """);
        await _app.ImportAsync("owner@example.com", """{"CRM_ID":"7"}""");

        var clash = await _app.EngageAsync("a@example.com", """{"content":{"crm":"7"}}""");
        var free = await _app.EngageAsync("b@example.com", """{"content":{"crm":"8"}}""");

        var run = await _app.EndedAsync(clash.ProfileId);
        run.Path().ShouldBe("start:next up:failed bad");
        ((string)run["steps"]![1]!["decision"]!).ShouldContain("Another profile");
        (await _app.EndedAsync(free.ProfileId)).Path().ShouldBe("start:next up:next done");
        var found = await _app.PostAsync("profiles/get", Requests.Json("""{"db_id":1,"matching":"custom","field_name":"CRM_ID","field_value":"8"}"""));
        ((string)found.Json["data"]!["id"]!).ShouldBe(free.ProfileId);
    }

    [Fact]
    public async Task Subscriptions_are_added_and_change_their_status()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: add}
            - {id: add, type: subscribe, resource: 22, channel: email, next: off}
            - {id: off, type: unsubscribe, resource: 21, channel: email, next: park}
            - {id: park, type: change_status, resource: 22, channel: email, status: suspended, next: done}
            - {id: done, type: exit}
            """);

        var answer = await _app.EngageAsync("ann@example.com");
        (await _app.EndedAsync(answer.ProfileId)).Path().ShouldBe("start:next add:next off:next park:next done");

        var updates = await _app.EventsAsync(answer.ProfileId, "workflow_update");
        updates.Count.ShouldBe(3);
        Requests.Json(updates[0].Document)["subscriptions"]!.ToJsonString().ShouldBe("""[{"resource_id":22,"channel":"email","contact":"ann@example.com","was":null,"status":"subscribed"}]""");
        Requests.Json(updates[1].Document)["subscriptions"]![0]!["status"]!.GetValue<string>().ShouldBe("unsubscribed");
        Requests.Json(updates[2].Document)["subscriptions"]![0]!["status"]!.GetValue<string>().ShouldBe("suspended");
        (await _app.LaunchByEmailAsync(96, "ann@example.com")).Error.ShouldBe(400, "she is unsubscribed");
    }

    [Fact]
    public async Task An_http_request_takes_variables_and_its_answer_is_content_for_what_follows()
    {
        await using var server = new HttpStub(request => (200, $$"""{"title":"for {{request.Query}} {{request.Body}} {{request.Header}}"}"""));
        await _app.WorkflowAsync($$"""
            - {id: start, type: start, next: ask}
            - {id: ask, type: http_request, method: POST, url: "{{server.Url}}?who={lead._fname | url}", headers: {X-Key: "{apicontent.key}"}, body: "{apicontent.key}", save_as: offer, next: copy}
            - {id: copy, type: update_profile, set: {custom_field: "{apicontent.offer.title}"}, next: hello}
            - {id: hello, type: send, channel: email, resource: 21, template: 5, next: done}
            - {id: done, type: exit}
            """);

        var answer = await _app.EngageAsync("ann@example.com", """{"content":{"key":"k1","email_title":"Hi"},"attach":[{"name":"a.txt","data":"data:text/plain;base64,aGk="}]}""");
        (await _app.EndedAsync(answer.ProfileId)).Path().ShouldBe("start:next ask ask:next copy:next hello:next done");

        ((string)(await _app.ProfileAsync("email", "email", "ann@example.com"))["custom_field"]!).ShouldBe("for ?who=Ann k1 k1");
        await _app.VerdictsAsync(1);
        var mail = _app.Sink.Mails.ShouldHaveSingleItem();
        mail.Header("Subject").ShouldBe("Hello Ann: Hi");
        Encoding.UTF8.GetString(mail.Content).ShouldContain("a.txt");
    }

    [Fact]
    public async Task An_http_request_is_tried_again_after_a_5xx_and_fails_at_once_after_a_4xx()
    {
        var answers = new Queue<int>([500, 503, 404]);
        await using var server = new HttpStub(_ => (answers.Dequeue(), "no"));
        await _app.WorkflowAsync($$"""
            - {id: start, type: start, next: ask}
            - {id: ask, type: http_request, url: "{{server.Url}}", next: done, failed: bad}
            - {id: done, type: exit}
            - {id: bad, type: exit}
            """);

        var answer = await _app.EngageAsync("ann@example.com");
        await _app.RunAsync(answer.ProfileId, run => (int)run["step_count"]! == 3);
        _app.Advance(TimeSpan.FromSeconds(5));
        await _app.RunAsync(answer.ProfileId, run => (int)run["step_count"]! == 5);
        _app.Advance(TimeSpan.FromSeconds(20));

        var run = await _app.EndedAsync(answer.ProfileId);
        run.Path().ShouldBe("start:next ask ask ask ask ask ask:failed bad");
        ((string)run["steps"]![6]!["decision"]!).ShouldBe("answered 404");
    }

    [Fact]
    public async Task Nobodys_name_and_password_are_in_the_address_of_a_request()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: ask}
            - {id: ask, type: http_request, url: "http://api.example.com{apicontent.path}", headers: {Authorization: "secret"}, next: done, failed: bad}
            - {id: done, type: exit}
            - {id: bad, type: exit}
            """);

        var answer = await _app.EngageAsync("ann@example.com", """{"content":{"path":"@elsewhere.example.com/x"}}""");

        var run = await _app.EndedAsync(answer.ProfileId);
        run.Path().ShouldBe("start:next ask:failed bad");
        ((string)run["steps"]![1]!["decision"]!).ShouldBe("the URL names a user: send the name and the password in a header");
    }

    [Fact]
    public async Task A_request_that_found_no_place_in_time_was_no_try()
    {
        using var busy = new HttpCalls(new WorkflowSettings { HttpRequests = 1 }, _app.Clock);
        var call = new HttpCall
        {
            RunId = "1", Shard = 0, Step = 2, Method = "GET", Url = new Uri("http://127.0.0.1/"), Headers = [], Timeout = TimeSpan.FromSeconds(1),
            NotAfter = _app.Clock.GetUtcNow().ToUnixTimeMilliseconds() - 1,
        };

        (await busy.SendAsync(call, CancellationToken.None))?.ToJsonString().ShouldBe("""{"unasked":true}""");
    }

    [Fact]
    public async Task Another_workflow_takes_the_profile_with_the_content_and_a_circle_comes_to_an_end()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: hello}
            - {id: hello, type: send, channel: email, resource: 21, template: 5, next: done}
            - {id: done, type: exit}
            """, id: 51);
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: on}
            - {id: on, type: start_workflow, workflow: 51, next: done}
            - {id: done, type: exit}
            """);
        var answer = await _app.EngageAsync("ann@example.com", """{"content":{"email_title":"passed on"}}""");
        (await _app.EndedAsync(answer.ProfileId, 51)).Path().ShouldBe("start:next hello:next done");
        await _app.VerdictsAsync(1);
        _app.Sink.Mails.ShouldHaveSingleItem().Header("Subject").ShouldBe("Hello Ann: passed on");

        await _app.WorkflowAsync("""
            - {id: start, type: start, next: back}
            - {id: back, type: start_workflow, workflow: 50, next: done}
            - {id: done, type: exit}
            """, "reentry: each", id: 51);
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: on}
            - {id: on, type: start_workflow, workflow: 51, next: done}
            - {id: done, type: exit}
            """, "reentry: each");
        var dizzy = await _app.EngageAsync("b@example.com");
        await _app.UntilAsync(async () => (await _app.EventsAsync(dizzy.ProfileId, "workflow_ignored")).Count > 0, () => Task.FromResult("the circle goes on"));
        (await _app.EventsAsync(dizzy.ProfileId, "workflow_ignored")).ShouldHaveSingleItem().Document.ShouldContain("in a circle");
    }

    [Fact]
    public async Task Wait_for_an_event_goes_by_what_comes_first()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: listen}
            - {id: listen, type: wait_event, event: workflow_ended, workflow: 12, hours: 5, next: seen, timeout: late}
            - {id: seen, type: exit}
            - {id: late, type: exit}
            """);
        var both = """{"data":{"email":"a@example.com","subscriptions":[{"email":"a@example.com","resource_id":7}]}}""";
        var sees = await _app.EngageAsync("a@example.com", both);
        var waits = await _app.EngageAsync("b@example.com");
        await _app.RunAtAsync(sees.ProfileId, "listen");
        await _app.RunAtAsync(waits.ProfileId, "listen");

        await _app.EngageAsync("a@example.com", both, workflow: 12);
        await _app.RunAtAsync(sees.ProfileId, "pause", 12);
        ((string)(await _app.RunsOfAsync(sees.ProfileId)).Single()["node"]!).ShouldBe("listen", "the other workflow has not ended");
        _app.Advance(TimeSpan.FromHours(5));

        (await _app.EndedAsync(waits.ProfileId)).Path().ShouldBe("start:next listen listen:timeout late");
        (await _app.EndedAsync(sees.ProfileId)).Path().ShouldBe("start:next listen listen:timeout late");
    }

    [Theory]
    [InlineData("Europe/Berlin", "2026-01-01T08:00:00Z")]
    [InlineData("America/New_York", "2026-01-01T14:00:00Z")]
    [InlineData("Europe/Kyiv", "2026-01-01T07:00:00Z")]
    public async Task Wait_until_takes_hours_by_the_clock_on_the_profiles_wall(string zone, string expected)
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: office}
            - {id: office, type: wait_until, window: {weekdays: [thu, fri], from: "09:00", to: "18:00"}, next: done}
            - {id: done, type: exit}
            """);

        var answer = await _app.EngageAsync("ann@example.com", $$$"""{"data":{"email":"ann@example.com","_tz":"{{{zone}}}"}}""");

        var run = await _app.RunAtAsync(answer.ProfileId, "office");
        DateTimeOffset.Parse((string)run["run_at"]!).ShouldBe(DateTimeOffset.Parse(expected));
        _app.Advance(DateTimeOffset.Parse(expected) - _app.Clock.GetUtcNow());
        (await _app.EndedAsync(answer.ProfileId)).Path().ShouldBe("start:next office office:next done");
    }

    [Fact]
    public async Task A_split_is_stable_and_keeps_its_shares()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: ab}
            - {id: ab, type: split, branches: [{name: A, percent: 20, next: a}, {name: B, percent: 80, next: b}]}
            - {id: a, type: exit}
            - {id: b, type: exit}
            """, "reentry: each");
        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(number => _app.EngageAsync($"p{number}@example.com")));
        await _app.EngageAsync("p0@example.com");
        var nodes = new List<string>();
        foreach (var answer in answers)
        {
            await _app.AllAsync(answer.ProfileId, run => (string?)run["state"] == "finished");
            nodes.Add((await _app.RunsOfAsync(answer.ProfileId)).Select(run => (string)run["node"]!).Distinct().ShouldHaveSingleItem());
        }
        nodes.Count(node => node == "a").ShouldBeInRange(60, 140);
    }
}
