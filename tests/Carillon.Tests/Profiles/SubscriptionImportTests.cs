using System.Text.Json.Nodes;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Profiles;

public sealed class SubscriptionImportTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_subscription_is_known_by_resource_channel_and_contact()
    {
        await ImportAsync("""[{"resource_id":21,"email":"S@example.com"},{"resource_id":22,"email":"s@example.com"},{"resource_id":21,"phone":"+47 12345"}]""");
        await ImportAsync("""[{"resource_id":"21","channel":"EMAIL","email":"s@EXAMPLE.com","priority":3},{"resource_id":21,"channel":"phone","phone_data":{"phone":"4712345"}}]""");
        (await ReadAsync()).Select(s => $"{s["resource_id"]} {s["channel"]} {s["status"]} {s["priority"]}")
            .ShouldBe(["21 email subscribed 3", "22 email subscribed 0", "21 sms subscribed 0"]);
        await ContactTable.ShouldBeExactAsync(_app);
    }

    [Theory]
    [InlineData("\"unsubscribed\"", "unsubscribed")]
    [InlineData("\"Suspended\"", "suspended")]
    [InlineData("3", "hardbounced")]
    [InlineData("\"4\"", "unconfirmed")]
    [InlineData("0", "subscribed")]
    [InlineData("-1", "complained")]
    [InlineData("null", "complained")]
    [InlineData("\"\"", "complained")]
    public async Task The_status_changes_only_when_it_is_given(string given, string expected)
    {
        await ImportAsync("""[{"resource_id":21,"email":"s@example.com","status":2}]""");
        (await ImportAsync($$"""[{"resource_id":21,"email":"s@example.com","status":{{given}} }]""")).Error.ShouldBe(0);
        ((string)(await ReadAsync()).ShouldHaveSingleItem()["status"]!).ShouldBe(expected);
    }

    [Fact]
    public async Task A_chat_id_is_one_contact_whether_it_comes_as_a_number_or_as_text_and_a_provider_in_any_case()
    {
        await ImportAsync("""[{"resource_id":21,"channel":"telegram_bot","cc_data":{"id":5,"x":"y"}},{"resource_id":21,"provider":"Chrome","subscription_id":"T"}]""");
        await ImportAsync("""[{"resource_id":21,"channel":"telegram_bot","cc_data":{"x":"y","id":"5"}},{"resource_id":21,"provider":"chrome","subscription_id":"T"}]""");
        (await ReadAsync()).Count.ShouldBe(2);
        await ContactTable.ShouldBeExactAsync(_app);
    }

    [Fact]
    public async Task Custom_fields_merge_and_null_clears_them()
    {
        await ImportAsync("""[{"resource_id":21,"email":"s@example.com","custom_fields":{"a":1,"b":2,"c":null},"cats":["news"]}]""");
        await ImportAsync("""[{"resource_id":21,"email":"s@example.com","custom_fields":{"a":null,"d":4}}]""");
        var subscription = (await ReadAsync()).ShouldHaveSingleItem();
        subscription["custom_fields"]!.ToJsonString().ShouldBe("""{"b":2,"d":4}""");
        subscription["cats"]!.ToJsonString().ShouldBe("""["news"]""");
    }

    [Theory]
    [InlineData("""{"email":"s@example.com"}""", 400, "data.subscriptions[1].resource_id is required and must be a whole number")]
    [InlineData("""{"resource_id":77,"email":"s@example.com"}""", 400, "data.subscriptions[1].resource_id: there is no resource 77")]
    [InlineData("""{"resource_id":21,"email":"nobody"}""", 400, "data.subscriptions[1].email is not an e-mail address")]
    [InlineData("""{"resource_id":21,"phone":"12"}""", 400, "data.subscriptions[1].phone is not a phone number")]
    [InlineData("""{"resource_id":21,"channel":"fax","email":"s@example.com"}""", 400, "data.subscriptions[1].channel: 'fax' is not a channel")]
    [InlineData("""{"resource_id":21}""", 400, "data.subscriptions[1]: the channel cannot be told; give channel, or email, phone or subscription_id")]
    [InlineData("""{"resource_id":21,"subscription_id":"T"}""", 400, "data.subscriptions[1].provider is required for push")]
    [InlineData("""{"resource_id":21,"channel":"viber"}""", 400, "data.subscriptions[1].cc_data is required for this channel")]
    [InlineData("""{"resource_id":21,"email":"s@example.com","status":"fine"}""", 400, "data.subscriptions[1].status: 'fine' is not a status")]
    [InlineData("""{"resource_id":21,"email":"s@example.com","status":{}}""", 400, "data.subscriptions[1].status must be a word or a number")]
    [InlineData("""{"resource_id":21,"email":"s@example.com","priority":"high"}""", 400, "data.subscriptions[1].priority must be a whole number: 0 is the highest, -1 leaves it as it is")]
    [InlineData("""{"resource_id":21,"email":"s@example.com","custom_fields":"x"}""", 400, "data.subscriptions[1].custom_fields must be an object")]
    [InlineData("\"text\"", 400, "data.subscriptions[1] must be an object")]
    public async Task A_bad_subscription_is_named_or_left_out(string bad, int error, string text)
    {
        var list = $$"""[{"resource_id":22,"email":"good@example.com"},{{bad}}]""";
        var refused = await ImportAsync(list);
        (refused.Error, refused.ErrorText).ShouldBe((error, text));
        (await _app.CountAsync("profiles")).ShouldBe(0);

        (await ImportAsync(list, "\"skip_invalid_subscriptions\":\"true\",")).Error.ShouldBe(0);
        ((int)(await ReadAsync()).ShouldHaveSingleItem()["resource_id"]!).ShouldBe(22);
    }

    [Fact]
    public async Task A_database_that_the_resource_does_not_have_is_413()
    {
        var answer = await _app.PostAsync("profiles/import", JsonNode.Parse("""{"db_id":2,"data":{"email":"a@example.com","subscriptions":[{"resource_id":22,"email":"a@example.com"}]}}""")!.AsObject());
        (answer.Error, answer.ErrorText).ShouldBe((413, "data.subscriptions[0].resource_id: database 2 is not available in resource 22"));
    }

    private Task<Answer> ImportAsync(string subscriptions, string root = "") => _app.PostAsync("profiles/import",
        JsonNode.Parse($$"""{ {{root}} "db_id":1,"data":{"email":"a@example.com","subscriptions":{{subscriptions}} } }""")!.AsObject());

    private async Task<List<JsonNode>> ReadAsync() => [.. (await _app.ProfileAsync("email", "email", "a@example.com"))["subscriptions"]!.AsArray().Select(item => item!)];
}
