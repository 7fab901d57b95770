using System.Text.Json.Nodes;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Workflows;

/// <summary><c>workflows/import_and_start_batch</c>.</summary>
public sealed class WorkflowBatchTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Each_item_is_engaged_as_if_it_came_alone()
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: up}
            - {id: up, type: update_profile, set: {custom_field: "{apicontent.word}"}, next: done}
            - {id: done, type: exit}
            """);
        var items = new JsonArray([.. Enumerable.Range(0, 300).Select(number => (JsonNode)new JsonObject { ["data"] = new JsonObject { ["email"] = $"p{number}@example.com" } })]);
        items.Add((JsonNode)new JsonObject { ["email"] = "plain@example.com" });
        items.Add((JsonNode)new JsonObject { ["data"] = new JsonObject { ["email"] = "own@example.com" }, ["content"] = new JsonObject { ["word"] = "own" } });
        items.Add((JsonNode)new JsonObject { ["data"] = new JsonObject { ["email"] = "bad@example.com", ["age"] = "old" } });

        var answer = await _app.PostAsync("workflows/import_and_start_batch", new JsonObject { ["workflow_id"] = 50, ["matching"] = "email", ["data"] = items, ["content"] = new JsonObject { ["word"] = "all" } });

        answer.Error.ShouldBe(0, answer.Text);
        var done = answer.Json["result"]!.AsArray();
        done.Count.ShouldBe(302);
        var error = answer.Json["errors"]!.AsArray().ShouldHaveSingleItem()!;
        ((int)error["index"]!, (int)error["error"]!).ShouldBe((302, 400));
        await _app.EndedAsync((string)done[300]!["profile_id"]!);
        await _app.EndedAsync((string)done[301]!["profile_id"]!);
        ((string)(await _app.ProfileAsync("email", "email", "plain@example.com"))["custom_field"]!).ShouldBe("all");
        ((string)(await _app.ProfileAsync("email", "email", "own@example.com"))["custom_field"]!).ShouldBe("own");
        (await _app.CountAsync("runs")).ShouldBe(302);
    }

    [Theory]
    [InlineData("""{"workflow_id":50,"data":[]}""")]
    [InlineData("""{"workflow_id":50}""")]
    public async Task There_must_be_items(string body)
    {
        await _app.WorkflowAsync("- {id: start, type: start}");
        (await _app.PostAsync("workflows/import_and_start_batch", Requests.Json(body))).ErrorText.ShouldContain("'data' is required");
    }
}
