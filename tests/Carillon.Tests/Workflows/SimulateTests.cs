using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Carillon.Tests.Harness;
using Carillon.Workflows;
using Carillon.Workspace;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Workflows;

/// <summary><c>POST /api/v2/workflows/{id}/simulate</c>.</summary>
public sealed class SimulateTests : IAsyncLifetime
{
    private const string Nodes = """
        - {id: start, type: start, next: hello}
        - {id: hello, type: send, channel: email, resource: 21, template: 5, sent: listen, failed: bad}
        - {id: listen, type: wait_event, event: undelivered, own_messages: true, days: 3, next: ask, timeout: again}
        - {id: ask, type: http_request, url: "http://127.0.0.1/x", save_as: offer, next: up, failed: bad}
        - {id: up, type: update_profile, set: {custom_field: "{apicontent.offer.code}"}, next: done}
        - {id: again, type: send, channel: email, resource: 21, template: 5, next: done}
        - {id: bad, type: exit}
        - {id: done, type: exit}
        """;

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_path_is_shown_with_times_decisions_and_messages_and_nothing_is_done()
    {
        await _app.WorkflowAsync(Nodes);

        var path = await SimulateAsync("""{"data":{"email":"ann@example.com","_fname":"Ann","subscriptions":[{"email":"ann@example.com","resource_id":21}]},"content":{"email_title":"Hi"},"start":"2026-03-01T10:00:00Z"}""");

        path.Path().ShouldBe("start:next hello hello:sent listen listen:timeout again:next done");
        path["steps"]!.AsArray().Select(step => (string)step!["time"]!).Distinct().ShouldBe(["2026-03-01T10:00:00.000Z", "2026-03-04T10:00:00.000Z"]);
        path["messages"]!.AsArray().Select(message => $"{message!["node"]} {message["subject"]} {message["contact"]}").ShouldBe(["hello Hello Ann: Hi ann@example.com", "again Hello Ann: Hi ann@example.com"]);
        ((string)path["messages"]![0]!["source"]!).ShouldContain("<p>Hello Ann</p>");
        foreach (var table in new[] { "profiles", "launches", "messages", "runs", "steps", "events" }) (await _app.CountAsync(table)).ShouldBe(0, table);
    }

    [Fact]
    public async Task Events_answers_and_verdicts_are_what_the_caller_says()
    {
        await _app.WorkflowAsync(Nodes);
        await _app.ImportAsync("ann@example.com");

        var told = await SimulateAsync("""{"email":"ann@example.com","events":[{"event":"undelivered","after":{"hours":5}}],"answers":{"ask":{"status":200,"body":{"code":"X1"}}}}""");
        told.Path().ShouldBe("start:next hello hello:sent listen listen:next ask ask:next up:next done");
        ((string)told["steps"]![4]!["time"]!).ShouldBe("2026-01-01T05:00:00.000Z");
        (await SimulateAsync("""{"email":"ann@example.com","verdicts":{"hello":"failed"}}""")).Path().ShouldBe("start:next hello hello:failed bad");
        (await _app.ProfileAsync("email", "email", "ann@example.com"))["custom_field"].ShouldBeNull();
    }

    [Theory]
    [InlineData("opened")]
    [InlineData("clicked")]
    public async Task What_nothing_records_yet_can_be_played(string word)
    {
        await _app.WorkflowAsync(Nodes.Replace("event: undelivered", $"event: {word}", StringComparison.Ordinal));
        await _app.ImportAsync("ann@example.com");

        var told = await SimulateAsync("""{"email":"ann@example.com","events":[{"event":"WORD","after":{"hours":5}}],"answers":{"ask":{"status":200,"body":{"code":"X1"}}}}""".Replace("WORD", word, StringComparison.Ordinal));

        told.Path().ShouldBe("start:next hello hello:sent listen listen:next ask ask:next up:next done");
    }

    [Theory]
    [InlineData(50, """{"email":"nobody@example.com"}""", 404)]
    [InlineData(99, """{"email":"nobody@example.com"}""", 404)]
    [InlineData(50, """{"verdicts":{"hello":"lost"},"email":"nobody@example.com"}""", 400)]
    [InlineData(50, "[]", 400)]
    [InlineData(50, """{"email":"nobody@example.com","events":[{"event":"opened","after":{"days":2147483647}}]}""", 400)]
    [InlineData(50, """{"email":"nobody@example.com","events":[{"event":"opened","after":{"hours":-1}}]}""", 400)]
    [InlineData(50, """{"data":{"email":"a@example.com","subscriptions":[{"email":"a@example.com","resource_id":21}]},"start":"9999-12-31T00:00:00Z"}""", 400)]
    [InlineData(50, """{"data":{"email":"a@example.com","subscriptions":[{"email":"a@example.com","resource_id":21}]},"start":"0001-01-01T00:00:00Z"}""", 400)]
    public async Task What_cannot_be_simulated_is_told(int workflow, string body, int status)
    {
        await _app.WorkflowAsync(Nodes);
        using var response = await SendAsync(workflow, body);
        ((int)response.StatusCode).ShouldBe(status);
    }

    private async Task<JsonObject> SimulateAsync(string body)
    {
        using var response = await SendAsync(50, body);
        var text = await response.Content.ReadAsStringAsync();
        // A fault of the server is told by the server's own words.
        if ((int)response.StatusCode == 500) await _app.Services.GetRequiredService<SimulateEndpoints>().RunAsync(50, Requests.Json(body), _app.Services.GetRequiredService<WorkspaceSource>().Current, CancellationToken.None);
        ((int)response.StatusCode).ShouldBe(200, text);
        return Requests.Json(text);
    }

    private async Task<HttpResponseMessage> SendAsync(int workflow, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v2/workflows/{workflow}/simulate") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", CarillonApp.Token);
        return await _app.Http.SendAsync(request);
    }
}
