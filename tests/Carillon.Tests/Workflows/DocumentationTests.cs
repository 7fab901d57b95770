using System.Text.Json.Nodes;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Workflows;

/// <summary>The worked example of docs/workflows.md, applied and lived through.</summary>
public sealed class DocumentationTests : IAsyncLifetime
{
    private const int Cart = 20;

    private CarillonApp _app = null!;

    public async Task InitializeAsync()
    {
        _app = await CarillonApp.StartAsync();
        var page = Repository.Read("docs/workflows.md");
        var example = page[(page.IndexOf("```yaml\n", StringComparison.Ordinal) + 8)..];
        await _app.ApplyAsync(example[..example.IndexOf("```", StringComparison.Ordinal)]);
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Who_does_not_buy_is_reminded_in_the_morning_and_again_two_days_later()
    {
        // It is midnight in UTC; she lives in Berlin.
        var answer = await FillCartAsync("ann@example.com");
        await _app.RunAtAsync(answer.ProfileId, "pause", Cart);
        _app.Advance(TimeSpan.FromHours(1));
        var night = await _app.RunAtAsync(answer.ProfileId, "hours", Cart);
        ((string)night["run_at"]!).ShouldBe("2026-01-01T08:00:00.000Z");
        _app.Advance(TimeSpan.FromHours(7));
        await _app.RunAtAsync(answer.ProfileId, "two days", Cart);
        _app.Advance(TimeSpan.FromDays(2));

        var run = await _app.EndedAsync(answer.ProfileId, Cart);
        run.Path().ShouldMatch("^start:next pause pause:next hours hours:next open:still open remind remind:sent two days two days:next bought meanwhile:still open half:(voucher voucher|plain plain):next reminded$");
        (await _app.GetAsync($"/api/v2/messages?profile_id={answer.ProfileId}"))["messages"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task Who_buys_is_left_alone()
    {
        var answer = await FillCartAsync("ann@example.com");
        await _app.RunAtAsync(answer.ProfileId, "pause", Cart);
        await _app.ImportAsync("ann@example.com", """{"cart_open":false}""");
        _app.Advance(TimeSpan.FromHours(1));
        await _app.RunAtAsync(answer.ProfileId, "hours", Cart);
        _app.Advance(TimeSpan.FromHours(7));

        ((string)(await _app.EndedAsync(answer.ProfileId, Cart))["reason"]!).ShouldBe("bought");
        (await _app.CountAsync("messages")).ShouldBe(0);
    }

    private Task<Answer> FillCartAsync(string email) => _app.PostAsync("workflows/import_and_start", new JsonObject
    {
        ["workflow_id"] = Cart, ["content"] = Requests.Json("""{"items":[{"name":"Tea"},{"name":"Pot"}]}"""),
        ["data"] = new JsonObject { ["email"] = email, ["_fname"] = "Ann", ["_tz"] = "Europe/Berlin", ["cart_open"] = true, ["subscriptions"] = new JsonArray(Requests.EmailSubscription(email)) },
    });
}
