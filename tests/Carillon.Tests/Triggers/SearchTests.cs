using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Tests.Harness;
using Carillon.Triggers;
using Carillon.Workspace;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Triggers;

/// <summary><c>GET /api/v2/messages</c> and its neighbour: why did she not get the mail?</summary>
public sealed class SearchTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync()
    {
        _app = await CarillonApp.StartAsync();
        _app.Sink.OnRcpt = (_, to) => to.Contains("gone@", StringComparison.Ordinal) ? "550 5.1.1 gone" : null;
        await _app.ImportAndStartAsync(96, "ann@example.com");
        await _app.ImportAndStartAsync(99, "gone@example.com");
        await _app.VerdictsAsync(2);
        _app.Clock.Advance(TimeSpan.FromHours(1));
        await _app.ImportAndStartAsync(96, "ann@example.com");
        await _app.VerdictsAsync(3);
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("", 3)]
    [InlineData("contact=ANN@example.com", 2)]
    [InlineData("contact=nobody@example.com", 0)]
    [InlineData("trigger_id=99", 1)]
    [InlineData("state=failed", 1)]
    [InlineData("state=failed&trigger_id=96", 0)]
    [InlineData("state=queued", 0)]
    [InlineData("state=sent", 2)]
    [InlineData("state=sent&contact=gone@example.com", 0)]
    [InlineData("from=2026-01-01T00:30:00Z", 1)]
    [InlineData("from=0001-01-01T00:00:00Z", 3)]
    [InlineData("to=2026-01-01T00:30:00Z", 2)]
    [InlineData("limit=1", 1)]
    public async Task Conditions_narrow_the_search(string query, int count) =>
        (await _app.GetAsync("/api/v2/messages?" + query))["messages"]!.AsArray().Count.ShouldBe(count);

    [Fact]
    public async Task Pages_follow_each_other_without_gap_or_repeat()
    {
        List<string> seen = [];
        string? before = null;
        do
        {
            var page = await _app.GetAsync("/api/v2/messages?limit=2" + (before is null ? "" : "&before=" + before));
            seen.AddRange(page["messages"]!.AsArray().Select(message => (string)message!["id"]!));
            before = (string?)page["next_before"];
        }
        while (before is not null);

        seen.Count.ShouldBe(3);
        seen.ShouldBe(seen.OrderDescending(StringComparer.Ordinal).Distinct());
    }

    [Fact]
    public async Task A_search_that_no_index_helps_looks_at_a_stretch_of_messages_and_says_where_to_read_on()
    {
        using var searches = new WideSearches(_app.Database) { Stretch = 1 };
        var queries = new LaunchQueries(_app.Database, searches, _app.Services.GetRequiredService<WorkspaceSource>());
        List<int> found = [];
        string? before = null;
        do
        {
            var page = await queries.SearchAsync(new MessageSearch { TriggerId = 99, Before = before, Most = 10 }, CancellationToken.None);
            found.Add(page.Messages.Count);
            before = page.NextBefore;
        }
        while (before is not null);

        // The one that is meant is in the middle of three, and after the last there is nothing.
        found.ShouldBe([0, 1, 0, 0]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_messages_of_a_launch_are_found_page_by_page(bool many)
    {
        foreach (var name in new[] { "a", "b", "c", "d", "e" }) await _app.ImportAsync($"{name}@example.com", """{"interests":["pages"]}""");
        var answer = many
            ? await _app.PostAsync("campaigns/triggers/start_batch", Requests.Json("""{"trigger_id":96,"data":[{"email":"a@example.com"},{"email":"b@example.com"},{"email":"c@example.com"},{"email":"d@example.com"},{"email":"e@example.com"}]}"""))
            : await _app.PostAsync("campaigns/triggers/start", Requests.Json("""{"id":96,"custom_request":{"interests":"pages"}}"""));
        answer.Error.ShouldBe(0, answer.Text);
        var id = answer.Headers["Launch-ID"];

        List<string> seen = [];
        for (string? before = ""; before is not null;)
        {
            var page = await _app.GetAsync($"/api/v2/messages?launch_id={id}&limit=2{(before.Length > 0 ? "&before=" + before : "")}");
            seen.AddRange(page["messages"]!.AsArray().Select(message => (string)message!["id"]!));
            before = (string?)page["next_before"];
        }

        var launch = await _app.LaunchAsync(answer);
        seen.Count.ShouldBe(5);
        seen.ShouldBe(launch["messages"]!.AsArray().Select(message => (string)message!["id"]!));
        seen.ShouldBe(seen.OrderDescending(StringComparer.Ordinal));
        launch.ContainsKey("next_before").ShouldBeTrue();
        launch["next_before"].ShouldBeNull();
        (await _app.GetAsync($"/api/v2/messages?launch_id={id}&contact=c@example.com"))["messages"]!.AsArray().ShouldHaveSingleItem();
        (await _app.GetAsync($"/api/v2/messages?launch_id={id}&state=failed"))["messages"]!.AsArray().ShouldBeEmpty();
        (await _app.GetAsync("/api/v2/messages?launch_id=nothing"))["messages"]!.AsArray().ShouldBeEmpty();

        // With more messages than are shown with the launch it says where to read on.
        var queries = _app.Services.GetRequiredService<LaunchQueries>();
        (await queries.FindLaunchAsync(id, 3, CancellationToken.None))!.Page.NextBefore.ShouldBe(seen[2]);
    }

    [Fact]
    public async Task A_profile_id_finds_its_messages()
    {
        var first = (await _app.GetAsync("/api/v2/messages?contact=gone@example.com"))["messages"]![0]!;
        var found = await _app.GetAsync($"/api/v2/messages?profile_id={first["profile_id"]}");
        JsonNode.DeepEquals(found["messages"]!.AsArray().ShouldHaveSingleItem(), first).ShouldBeTrue();
        first["attempts"]![0]!["reply"]!.GetValue<string>().ShouldBe("550 5.1.1 gone");
    }

    [Theory]
    [InlineData("/api/v2/messages?state=lost", 400, "'state' must be one of queued, sending, sent, failed, expired, skipped, unknown")]
    [InlineData("/api/v2/messages?limit=0", 400, "'limit' must be between 1 and 1000")]
    [InlineData("/api/v2/messages?from=yesterday", 400, "'from' must be a date")]
    [InlineData("/api/v2/messages?trigger_id=x", 400, "'trigger_id' must be a whole number")]
    [InlineData("/api/v2/messages?colour=red", 400, "'colour' is not a condition")]
    [InlineData("/api/v2/launches/54759eb3c090d83494e2d804", 404, "There is no launch 54759eb3c090d83494e2d804")]
    public async Task A_wrong_question_is_told_as_a_problem(string url, int status, string detail)
    {
        var problem = await _app.GetAsync(url);
        ((int)problem["status"]!).ShouldBe(status);
        ((string)problem["detail"]!).ShouldContain(detail);
    }

    [Theory]
    [InlineData("GET", "/api/v2", 404, null)]
    [InlineData("GET", "/api/v2/", 404, null)]
    [InlineData("POST", "/api/v2/launchs/54759eb3c090d83494e2d804", 404, null)]
    [InlineData("GET", "/API/v2//nothing/at/all", 404, null)]
    [InlineData("GET", "/api/v2/workflows/twelve", 404, null)]
    [InlineData("POST", "/api/v2/messages", 405, "GET")]
    [InlineData("DELETE", "/api/v2/launches/54759eb3c090d83494e2d804", 405, "GET")]
    [InlineData("PUT", "/api/v2/workflows/12", 405, "GET")]
    [InlineData("GET", "/api/v2/workflows/12/simulate", 405, "POST")]
    public async Task A_wrong_url_or_verb_is_told_as_a_problem_with_its_status(string verb, string url, int status, string? allowed)
    {
        using var request = new HttpRequestMessage(new HttpMethod(verb), url);
        using var answer = await _app.Http.SendAsync(request);

        ((int)answer.StatusCode).ShouldBe(status);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        answer.Content.Headers.Allow.ShouldBe(allowed is null ? [] : [allowed]);
        ((int)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["status"]!).ShouldBe(status);
    }

    [Fact]
    public async Task Without_a_token_nothing_is_told()
    {
        using var answer = await _app.Http.GetAsync("/api/v2/messages");
        ((int)answer.StatusCode).ShouldBe(401);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }
}
