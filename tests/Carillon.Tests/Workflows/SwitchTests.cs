using System.Text.Json.Nodes;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Workflows;

/// <summary><c>workflows/list</c>, <c>activate</c> and <c>deactivate</c>.</summary>
public sealed class SwitchTests : IAsyncLifetime
{
    private const string Nodes = """
        - {id: start, type: start, next: pause}
        - {id: pause, type: wait, days: 1, next: done}
        - {id: done, type: exit}
        """;

    private CarillonApp _app = null!;

    public async Task InitializeAsync()
    {
        _app = await CarillonApp.StartAsync();
        await _app.ApplyAsync(Repository.Read("tests/Carillon.Tests/Workflows/series.yaml"));
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Workflows_are_listed_with_their_nodes_in_the_originals_words()
    {
        await _app.WorkflowAsync(Nodes, "reentry: restart");

        var answer = await _app.PostAsync("workflows/list", new JsonObject { ["from_id"] = 50, ["limit"] = 1 });

        answer.Error.ShouldBe(0, answer.Text);
        var only = answer.Json["data"]!.AsArray().ShouldHaveSingleItem()!;
        ((int)only["id"]!, (int)only["list_id"]!, (bool)only["is_active"]!, (string)only["mode"]!).ShouldBe((50, 1, true, "restart"));
        only["nodes"]!.AsArray().Select(node => $"{node!["node_id"]} {node["type"]}").ShouldBe(["start start", "pause delay", "done exit"]);
        ((int)answer.Json["next_from_id"]!, (int)answer.Json["total"]!).ShouldBe((51, 2));
    }

    [Fact]
    public async Task A_stopped_workflow_starts_nobody_and_goes_on_when_it_is_active_again()
    {
        await _app.WorkflowAsync(Nodes);
        var answer = await _app.EngageAsync("ann@example.com");
        await _app.RunAtAsync(answer.ProfileId, "pause");

        (await _app.PostAsync("workflows/deactivate", new JsonObject { ["id"] = 50 })).Text.ShouldContain("\"data\":null");
        (await _app.EngageAsync("b@example.com")).ErrorText.ShouldBe("Workflow is not active");
        _app.Advance(TimeSpan.FromDays(3));
        (await _app.PostAsync("workflows/activate", new JsonObject { ["id"] = 50 })).Error.ShouldBe(0);

        (await _app.EndedAsync(answer.ProfileId)).Path().ShouldBe("start:next pause pause:next done");
    }

    [Fact]
    public async Task Skip_profiles_lets_go_of_everybody_inside()
    {
        await _app.WorkflowAsync(Nodes);
        var answer = await _app.EngageAsync("ann@example.com");
        await _app.RunAtAsync(answer.ProfileId, "pause");

        await _app.PostAsync("workflows/activate", new JsonObject { ["id"] = 50, ["skip_profiles"] = true });

        var run = (await _app.RunsOfAsync(answer.ProfileId)).ShouldHaveSingleItem();
        ((string)run["state"]!, (string)run["reason"]!).ShouldBe(("removed", "the workflow was emptied when it was activated"));
        (await _app.EngageAsync("ann@example.com")).Headers.ContainsKey("Launch-ID").ShouldBeTrue("it is no longer inside");
    }

    [Theory]
    [InlineData("activate")]
    [InlineData("deactivate")]
    public async Task There_must_be_such_a_workflow(string method) =>
        (await _app.PostAsync("workflows/" + method, new JsonObject { ["id"] = 999 })).Error.ShouldBe(404);
}
