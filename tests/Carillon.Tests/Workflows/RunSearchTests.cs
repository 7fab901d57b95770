using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Tests.Harness;
using Carillon.Workflows;

namespace Carillon.Tests.Workflows;

/// <summary>How profiles come into workflows by calls, and how their runs are found: <c>/api/v2/runs</c>.</summary>
public sealed class RunSearchTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync()
    {
        _app = await CarillonApp.StartAsync();
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: who}
            - {id: who, type: condition, branches: [{name: ann, filter: {_fname: Ann}, next: pause}], else: done}
            - {id: pause, type: wait, days: 1, next: done}
            - {id: done, type: exit}
            """);
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Runs_are_found_by_workflow_state_node_and_profile_page_by_page()
    {
        var waiting = new List<string>();
        for (var number = 0; number < 3; number++) waiting.Add((await _app.EngageAsync($"a{number}@example.com")).ProfileId);
        var over = (await _app.EngageAsync("b@example.com", """{"data":{"email":"b@example.com","_fname":"Bea"}}""")).ProfileId;
        foreach (var profile in waiting) await _app.RunAtAsync(profile, "pause");
        await _app.EndedAsync(over);

        (await FoundAsync("workflow_id=50&state=inside&node=pause")).ShouldBe(waiting, ignoreOrder: true);
        (await FoundAsync("workflow_id=50&state=finished")).ShouldBe([over]);
        (await FoundAsync($"profile_id={over}")).ShouldBe([over]);
        (await FoundAsync("workflow_id=51")).ShouldBeEmpty();
        List<string> paged = [];
        for (string? before = ""; before is not null;)
        {
            var page = await _app.GetAsync($"/api/v2/runs?workflow_id=50&limit=3{before}");
            paged.AddRange(page["runs"]!.AsArray().Select(run => (string)run!["profile_id"]!));
            before = (string?)page["next_before"] is { } last ? "&before=" + last : null;
        }
        paged.ShouldBe([.. waiting, over], ignoreOrder: true);
    }

    [Fact]
    public async Task A_search_that_no_index_helps_looks_at_a_stretch_of_runs_and_says_where_to_read_on()
    {
        List<string> profiles = [];
        foreach (var (name, called) in new[] { ("a", "Bea"), ("b", "Ann"), ("c", "Bea") })
            profiles.Add((await _app.EngageAsync($"{name}@example.com", $$"""{"data":{"email":"{{name}}@example.com","_fname":"{{called}}"} }""")).ProfileId);
        await _app.RunAtAsync(profiles[1], "pause");

        using var searches = new WideSearches(_app.Database) { Stretch = 1 };
        var queries = new RunQueries(_app.Database, searches);
        List<int> found = [];
        string? before = null;
        do
        {
            var page = await queries.SearchAsync(new RunSearch { WorkflowId = 50, Node = "pause", Before = before, Most = 10 }, CancellationToken.None);
            found.Add(page.Runs.Count);
            before = page.NextBefore;
        }
        while (before is not null);

        // The one that is meant is in the middle of three, and after the last there is nothing.
        found.ShouldBe([0, 1, 0, 0]);
    }

    [Theory]
    [InlineData("/api/v2/runs?state=swimming", HttpStatusCode.BadRequest, "'state' must be one of inside, finished, failed, removed")]
    [InlineData("/api/v2/runs?colour=red", HttpStatusCode.BadRequest, "'colour' is not a condition")]
    [InlineData("/api/v2/runs?limit=0", HttpStatusCode.BadRequest, "'limit' must be between 1 and")]
    [InlineData("/api/v2/runs/0123456789abcdef01234500", HttpStatusCode.NotFound, "There is no run 0123456789abcdef01234500")]
    [InlineData("/api/v2/workflows/99", HttpStatusCode.NotFound, "There is no workflow 99")]
    public async Task What_cannot_be_shown_is_told(string url, HttpStatusCode status, string text)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", CarillonApp.Token);
        using var answer = await _app.Http.SendAsync(request);
        answer.StatusCode.ShouldBe(status);
        (await answer.Content.ReadAsStringAsync()).ShouldContain(text);
    }

    [Fact]
    public async Task A_quick_import_engages_in_the_workflow_that_it_names()
    {
        using var answer = await _app.Http.PostAsync($"/api/integrations/any/profile_import?db_id=1&email=q@example.com&_fname=Ann&workflow_id=50&token={CarillonApp.Token}", null);

        (await answer.Content.ReadAsStringAsync()).ShouldBe("Successful operation\n");
        await _app.RunAtAsync((string)(await _app.ProfileAsync("email", "email", "q@example.com"))["id"]!, "pause");
    }

    [Fact]
    public async Task The_steps_send_to_the_subscription_that_the_call_asks_for_and_the_launch_keeps_the_custom_data()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: hello}
            - {id: hello, type: send, channel: email, resource: 21, template: 5, next: done}
            - {id: done, type: exit}
            """);
        await _app.ImportAsync("ann@example.com", """{"subscriptions":[{"email":"ann@example.com","resource_id":21},{"email":"work@example.com","resource_id":21}]}""");

        var answer = await _app.PostAsync("workflows/start", Requests.Json(
            """{"id":50,"matching":"email_profile","email":"ann@example.com","subscription_filter":{"email":"work@example.com"},"custom_data":{"order":7}}"""));

        answer.Error.ShouldBe(0, answer.Text);
        await _app.VerdictsAsync(1);
        _app.Sink.Mails.ShouldHaveSingleItem().To.ShouldBe("work@example.com");
        ((int)(await _app.LaunchAsync(answer))["custom_data"]!["order"]!).ShouldBe(7);
    }

    private async Task<List<string>> FoundAsync(string query) =>
        [.. (await _app.GetAsync("/api/v2/runs?" + query))["runs"]!.AsArray().Select(run => (string)run!["profile_id"]!)];
}
