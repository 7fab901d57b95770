using Carillon.Tests.Harness;

namespace Carillon.Tests.Workflows;

/// <summary><c>condition</c> and <c>content_filter</c>.</summary>
public sealed class ConditionTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("""{"age":70}""", "{}", "old")]
    [InlineData("""{"age":20,"interests":["tea"]}""", "{}", "tea")]
    [InlineData("""{"age":20}""", """{"total":150}""", "rich")]
    [InlineData("""{"age":20,"subscriptions":[{"email":"ann@example.com","resource_id":22}]}""", """{"total":5}""", "news")]
    [InlineData("{}", "{}", "none")]
    public async Task The_first_branch_whose_filter_holds_is_taken(string profile, string content, string expected)
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: which}
            - {id: which, type: condition, branches: [{name: old, filter: {age: {$gte: 65}}, next: old}, {name: tea, filter: {interests: tea}, next: tea}, {name: rich, filter: {apicontent.total: {$gt: 100}}, next: rich}, {name: news, filter: {subscriptions: {$elemMatch: {resource_id: 22, status: subscribed}}}, next: news}], else: none}
            - {id: old, type: exit}
            - {id: tea, type: exit}
            - {id: rich, type: exit}
            - {id: news, type: exit}
            - {id: none, type: exit}
            """);
        await _app.ImportAsync("ann@example.com", profile);

        var answer = await _app.EngageAsync("ann@example.com", $$$"""{"data":{"email":"ann@example.com"},"content":{{{content}}}}""");

        ((string)(await _app.EndedAsync(answer.ProfileId))["node"]!).ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"order":{"total":150}}""", "start:next which:big a")]
    [InlineData("""{"order":{"total":50}}""", "start:next which:else b")]
    [InlineData("{}", "start:next which:else b")]
    public async Task The_content_filter_looks_at_the_content_alone(string content, string path)
    {
        await _app.WorkflowAsync("""
            - {id: start, type: start, next: which}
            - {id: which, type: content_filter, branches: [{name: big, filter: {order.total: {$gt: 100}}, next: a}], else: b}
            - {id: a, type: exit}
            - {id: b, type: exit}
            """);

        var answer = await _app.EngageAsync("ann@example.com", $$$"""{"content":{{{content}}}}""");

        (await _app.EndedAsync(answer.ProfileId)).Path().ShouldBe(path);
    }
}
