using System.Text.Json.Nodes;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Triggers;

/// <summary><c>campaigns/triggers/start</c>: what is refused at once, and which subscription gets the message.</summary>
public sealed class StartTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("""{"id":12345,"email":"a@example.com"}""", 404, "There is no trigger 12345")]
    [InlineData("""{"id":97,"email":"a@example.com"}""", 400, "Trigger is not active")]
    [InlineData("""{"id":98,"email":"a@example.com"}""", 400, "only api_call")]
    [InlineData("""{"email":"a@example.com"}""", 400, "'id' is required")]
    [InlineData("""{"trigger_id":84,"email":"a@example.com"}""", 400, "'id', not by 'trigger_id'")]
    [InlineData("""{"id":"eighty","email":"a@example.com"}""", 400, "'id' must be a whole number")]
    [InlineData("""{"id":84,"email":"nobody@example.com"}""", 404, "nobody@example.com")]
    [InlineData("""{"id":84}""", 400, "'email' is required")]
    [InlineData("""{"id":84,"matching":"magic"}""", 400, "'magic' is not a matching mode")]
    [InlineData("""{"id":84,"email":"a@example.com","content":[1]}""", 400, "'content' must be an object")]
    [InlineData("""{"id":84,"email":"a@example.com","expiration":"2025-12-31T23:59:59Z"}""", 400, "'expiration' is in the past")]
    [InlineData("""{"id":84,"email":"a@example.com","expiration":"soon"}""", 400, "'expiration' must be a date")]
    [InlineData("""{"id":84,"email":"a@example.com","attach":{"name":"a.txt","data":"HELLO"}}""", 400, "data URL")]
    [InlineData("""{"id":84,"email":"a@example.com","attach":{"name":"a.txt","data":"data:text/plain;base64,%%%"}}""", 400, "not valid base64")]
    [InlineData("""{"id":84,"email":"a@example.com","attach":{"name":"../a.txt","data":"data:text/plain;base64,SEVMTE8K"}}""", 400, "file name")]
    [InlineData("""{"id":84,"email":"a@example.com","attach":{"name":"a\r\nb.txt","data":"data:text/plain;base64,SEVMTE8K"}}""", 400, "file name")]
    [InlineData("""{"id":84,"email":"a@example.com","attach":{"data":"data:text/plain;base64,SEVMTE8K"}}""", 400, "'attach[0].name' is required")]
    public async Task What_cannot_be_started_is_refused_with_its_reason(string body, int error, string text)
    {
        await _app.ImportAsync("a@example.com");

        var answer = await _app.PostAsync("campaigns/triggers/start", Requests.Json(body));

        answer.Error.ShouldBe(error, answer.Text);
        answer.ErrorText.ShouldContain(text);
        answer.Headers.ContainsKey("Launch-ID").ShouldBeFalse();
        (await _app.CountAsync("launches")).ShouldBe(0);
        (await _app.CountAsync("messages")).ShouldBe(0);
    }

    [Theory]
    [InlineData("""{"subscriptions":[]}""")]
    [InlineData("""{"subscriptions":[{"email":"a@example.com","resource_id":22}]}""")]
    [InlineData("""{"subscriptions":[{"phone":"+79000000000","resource_id":21}]}""")]
    [InlineData("""{"subscriptions":[{"email":"a@example.com","resource_id":21,"status":"unsubscribed"}]}""")]
    [InlineData("""{"subscriptions":[{"email":"a@example.com","resource_id":21,"status":5}]}""")]
    [InlineData("""{"_status":1}""")]
    public async Task A_profile_that_must_not_be_messaged_is_told_to_the_caller(string profile)
    {
        await _app.ImportAsync("a@example.com", profile);

        var answer = await _app.LaunchByEmailAsync(84, "a@example.com");

        (answer.Error, answer.ErrorText).ShouldBe((400, "No active subscriptions for trigger resource"));
        (await _app.CountAsync("messages")).ShouldBe(0);
    }

    [Theory]
    [InlineData("""{"subscriptions":[{"email":"a@example.com","resource_id":21,"status":"unsubscribed"}]}""")]
    [InlineData("""{"_status":1}""")]
    public async Task An_unconditional_trigger_ignores_statuses(string profile)
    {
        await _app.ImportAsync("a@example.com", profile);

        (await _app.LaunchByEmailAsync(99, "a@example.com")).Error.ShouldBe(0);

        await _app.Sink.WaitForAsync(1);
        _app.Sink.Mails.Single().To.ShouldBe("a@example.com");
    }

    [Fact]
    public async Task The_best_priority_wins_and_among_equals_the_newest()
    {
        await _app.ImportAsync("a@example.com", """{"subscriptions":[{"email":"low@example.com","resource_id":21,"priority":7},{"email":"old@example.com","resource_id":21,"priority":1}]}""");
        _app.Clock.Advance(TimeSpan.FromSeconds(1));
        await _app.ImportAsync("a@example.com", """{"subscriptions":[{"email":"new@example.com","resource_id":21,"priority":1}]}""");

        (await ContactOfAsync("{}")).ShouldBe("new@example.com");

        await _app.ImportAsync("a@example.com", """{"subscriptions":[{"email":"low@example.com","resource_id":21,"priority":0}]}""");
        (await ContactOfAsync("{}")).ShouldBe("low@example.com");
    }

    [Fact]
    public async Task A_subscription_filter_names_the_one_to_use()
    {
        await _app.ImportAsync("a@example.com", """{"subscriptions":[{"email":"a@example.com","resource_id":21},{"email":"second@example.com","resource_id":21,"priority":3}]}""");

        (await ContactOfAsync("""{"subscription_filter":{"email":"SECOND@example.com"}}""")).ShouldBe("second@example.com");
        (await ContactOfAsync("""{"subscription_filter":{"email":"gone@example.com","not_strict":true}}""")).ShouldBe("a@example.com");
        var answer = await _app.LaunchByEmailAsync(84, "a@example.com", """{"subscription_filter":{"email":"gone@example.com"}}""");
        (answer.Error, answer.ErrorText).ShouldBe((400, "Parameter 'subscription_filter': the profile has no such active subscription"));
    }

    [Fact]
    public async Task A_launch_can_be_looked_at_with_everything_that_was_given()
    {
        await _app.ImportAsync("a@example.com");
        var answer = await _app.LaunchByEmailAsync(84, "a@example.com",
            """{"content":{"a":[1,{"b":"日本"}]},"custom_data":{"x":"y"},"attach":[{"name":"日本.txt","data":"data:text/csv;base64,5LuK5pel44GvCg=="}],"expiration":"2026-02-22T21:00:00Z"}""");

        var launch = await _app.LaunchAsync(answer);

        launch["content"]!["a"]![1]!["b"]!.GetValue<string>().ShouldBe("日本");
        launch["custom_data"]!["x"]!.GetValue<string>().ShouldBe("y");
        launch["attachments"]![0]!["name"]!.GetValue<string>().ShouldBe("日本.txt");
        launch["attachments"]![0]!["size"]!.GetValue<int>().ShouldBe(10);
        launch["token"]!.GetValue<string>().ShouldBe("examples");
        launch["messages"]![0]!["expires_at"]!.GetValue<string>().ShouldBe("2026-02-22T21:00:00.000Z");
    }

    private async Task<string> ContactOfAsync(string more) => (string)(await _app.MessageAsync(await _app.LaunchByEmailAsync(84, "a@example.com", more)))["contact"]!;
}
