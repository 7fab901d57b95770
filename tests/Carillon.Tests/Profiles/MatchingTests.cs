using System.Text.Json.Nodes;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Profiles;

/// <summary>Every mode of matching, by each of the three calls that search.</summary>
public sealed class MatchingTests : IAsyncLifetime
{
    private const string Ann = """
        {"email":"ann@example.com","phones":["+4700001"],"CRM_ID":"C-1","vk_id":77,"interests":["red","blue"],"subscriptions":[
            {"resource_id":21,"channel":"email","email":"ann.shop@example.com"},{"resource_id":22,"channel":"email","email":"both@example.com"},
            {"resource_id":21,"channel":"sms","phone":"+4700002"},{"resource_id":21,"channel":"sms","phone":"+4700009"},
            {"resource_id":21,"channel":"push","provider":"Android-Firebase","subscription_id":"Token-1"},
            {"resource_id":21,"channel":"telegram_bot","cc_data":{"id":555},"custom_fields":{"likes":["tea","jam"]}}]}
        """;
    private const string Ben = """
        {"email":"ben@example.com","phones":["+4700003"],"CRM_ID":"C-2","interests":["red"],"subscriptions":[
            {"resource_id":21,"channel":"email","email":"ben@example.com"},{"resource_id":21,"channel":"email","email":"both@example.com"},
            {"resource_id":22,"channel":"sms","phone":"+4700009"}]}
        """;

    private readonly Dictionary<string, string> _ids = [];
    private CarillonApp _app = null!;

    public async Task InitializeAsync()
    {
        _app = await CarillonApp.StartAsync();
        foreach (var (name, data) in new[] { ("ann", Ann), ("ben", Ben) })
            _ids[name] = (await _app.PostAsync("profiles/import", new JsonObject { ["db_id"] = 1, ["data"] = JsonNode.Parse(data) })).ProfileId;
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("ann", """{"email":"ann@example.com"}""")]
    [InlineData("ann", """{"email":"ANN@Example.COM"}""")]
    [InlineData("ann", """{"email":"ann.shop@example.com"}""")]
    [InlineData("ann", """{"matching":"EMAIL","email":"ann@example.com"}""")]
    [InlineData("ann", """{"matching":"email_profile","email":"ann@example.com"}""")]
    [InlineData("", """{"matching":"email_profile","email":"ann.shop@example.com"}""")]
    [InlineData("ann", """{"matching":"email_sub","email":"ann.shop@example.com"}""")]
    [InlineData("", """{"matching":"email_sub","email":"ann@example.com"}""")]
    [InlineData("several", """{"email":"both@example.com"}""")]
    [InlineData("ann", """{"email":"both@example.com","resource_id":22}""")]
    [InlineData("ben", """{"email":"both@example.com","resource_id":"21"}""")]
    [InlineData("ann", """{"matching":"phone","phone":"+47 000 01"}""")]
    [InlineData("ann", """{"matching":"phone","phone":"004700002"}""")]
    [InlineData("several", """{"matching":"phone","phone":"+4700009"}""")]
    [InlineData("ben", """{"matching":"phone","phone":"+4700009","resource_id":22}""")]
    [InlineData("ann", """{"matching":"phone_sub","phone":"4700002"}""")]
    [InlineData("", """{"matching":"phone_sub","phone":"+4700001"}""")]
    [InlineData("several", """{"matching":"phone_sub","phone":"+4700009"}""")]
    [InlineData("ann", """{"matching":"profile_id","profile_id":"ANN"}""")]
    [InlineData("", """{"matching":"profile_id","profile_id":"ffffffffffffffffffffffff"}""")]
    [InlineData("ann", """{"matching":"push_sub","provider":"android-firebase","subscription_id":"Token-1"}""")]
    [InlineData("ann", """{"matching":"push_data","provider":"Android-Firebase","subscription_id":"Token-1"}""")]
    [InlineData("", """{"matching":"push_sub","provider":"ios-apns","subscription_id":"Token-1"}""")]
    [InlineData("ann", """{"matching":"custom","field_name":"CRM_ID","field_value":"C-1"}""")]
    [InlineData("ann", """{"matching":"field_name","field_name":"vk_id","field_value":77}""")]
    [InlineData("ann", """{"matching":"custom","field_name":"vk_id","field_value":"77"}""")]
    [InlineData("ann", """{"matching":"custom","field_name":"interests","field_value":"red, blue"}""")]
    [InlineData("ann", """{"matching":"custom","field_name":"interests","field_value":"blue"}""")]
    [InlineData("several", """{"matching":"custom","field_name":"interests","field_value":"red"}""")]
    [InlineData("", """{"matching":"custom","field_name":"interests","field_value":"red,green"}""")]
    [InlineData("ann", """{"matching":"custom_sub","field_name":"id","field_value":555}""")]
    [InlineData("ann", """{"matching":"custom_sub","field_name":"likes","field_value":"jam, tea"}""")]
    [InlineData("", """{"matching":"custom_sub","field_name":"likes","field_value":"jam, milk"}""")]
    [InlineData("ann", """{"matching":"email_phone","email":"ann@example.com","phone":"+4700001"}""")]
    [InlineData("ben", """{"matching":"email_phone","phone":"+4700003"}""")]
    [InlineData("several", """{"matching":"email_phone","email":"ann@example.com","phone":"+4700003"}""")]
    [InlineData("", """{"matching":"email_phone","email":"ann.shop@example.com"}""")]
    [InlineData("ann", """{"matching":"email_phone_sub","email":"ann.shop@example.com","phone":"+4700002"}""")]
    [InlineData("", """{"matching":"email_phone_sub","phone":"+4700003"}""")]
    [InlineData("ann", """{"matching":"","email":"ann@example.com","phone":"","field_name":""}""")]
    public async Task A_mode_finds_whom_it_should(string whom, string keys)
    {
        keys = keys.Replace("\"ANN\"", $"\"{_ids["ann"]}\"", StringComparison.Ordinal);
        var expected = whom switch { "several" => 435, "" => 404, _ => 0 };

        var got = await CallAsync("profiles/get", keys);
        got.Error.ShouldBe(expected, got.Text);
        if (expected == 0) ((string)got.Json["data"]!["id"]!).ShouldBe(_ids[whom]);

        var updated = await CallAsync("profiles/update", keys, """ "data":{"_fname":"Found"} """);
        updated.Error.ShouldBe(expected, updated.Text);
        if (expected == 0) updated.ProfileId.ShouldBe(_ids[whom]);

        var started = await CallAsync("campaigns/triggers/start", keys, """ "id":96 """);
        started.Error.ShouldBe(expected, started.Text);

        // Whoever else there is has not changed.
        var changed = (await ContactTable.ProfilesAsync(_app)).Where(profile => profile.Fields["_fname"] is not null).Select(profile => profile.Id);
        changed.ShouldBe(expected == 0 ? [_ids[whom]] : []);
    }

    [Theory]
    [InlineData("""{}""", "Parameter 'email' is required to match by email")]
    [InlineData("""{"email":"ann"}""", "Parameter 'email' is not an e-mail address")]
    [InlineData("""{"matching":"phone","phone":"12"}""", "Parameter 'phone' is not a phone number")]
    [InlineData("""{"matching":"phone_sub"}""", "Parameter 'phone' is required to match by phone_sub")]
    [InlineData("""{"matching":"profile_id"}""", "Parameter 'profile_id' is required to match by profile_id")]
    [InlineData("""{"matching":"push_sub","provider":"x"}""", "Parameter 'subscription_id' is required to match by push_sub")]
    [InlineData("""{"matching":"custom"}""", "Parameter 'field_name' is required to match by custom")]
    [InlineData("""{"matching":"custom","field_name":"CRM_ID"}""", "Parameter 'field_value' is required to match by custom")]
    [InlineData("""{"matching":"custom","field_name":"nope","field_value":"1"}""", "Parameter 'field_name': database 1 has no field 'nope'")]
    [InlineData("""{"matching":"custom","field_name":"age","field_value":"1"}""", "Parameter 'field_name': field 'age' is neither unique nor indexed, so it cannot be matched on")]
    [InlineData("""{"matching":"custom","field_name":"vk_id","field_value":"x"}""", "Parameter 'field_value': Field 'vk_id' is int, but the value is \"x\"")]
    [InlineData("""{"matching":"custom","field_name":"interests","field_value":" , ,"}""", "Parameter 'field_value' is required to match by custom")]
    [InlineData("""{"matching":"custom_sub","field_name":"likes","field_value":","}""", "Parameter 'field_value' is required to match by custom_sub")]
    [InlineData("""{"matching":"email_phone"}""", "Parameter 'email' or 'phone' is required to match by email_phone")]
    [InlineData("""{"matching":"stars"}""", "Parameter 'matching': 'stars' is not a matching mode")]
    [InlineData("""{"matching":"phone","phone":"+4700001","resource_id":"x"}""", "Parameter 'resource_id' must be a whole number, but is \"x\"")]
    [InlineData("""{"email":["a@example.com"]}""", "Parameter 'email' must be a string, but is an array")]
    public async Task A_wrong_key_is_named(string keys, string text)
    {
        foreach (var (method, more) in new[] { ("profiles/get", "\"x\":1"), ("profiles/import", "\"data\":{}"), ("campaigns/triggers/start", "\"id\":96") })
        {
            var answer = await CallAsync(method, keys, more);
            (answer.Error, answer.ErrorText).ShouldBe((400, text));
        }
    }

    [Theory]
    [InlineData("ann", """ "x":1 """, """{"email":"ann@example.com"}""")]
    [InlineData("ann", """ "x":1 """, """{"subscriptions":[{"resource_id":21,"email":"ann.shop@example.com"}]}""")]
    [InlineData("ann", """ "x":1 """, """{"email":"localhost","subscriptions":{"resource_id":21,"channel":"email","email_data":{"email":"ann.shop@example.com"}}}""")]
    [InlineData("ann", """ "matching":"EMAIL_SUB" """, """{"subscriptions":[{"resource_id":21,"email":"ann.shop@example.com"}]}""")]
    [InlineData("ben", """ "matching":"phone" """, """{"phones":"+47 00003"}""")]
    [InlineData("ann", """ "matching":"phone" """, """{"phones":[],"subscriptions":[{"resource_id":21,"phone":"+4700002"}]}""")]
    [InlineData("ann", """ "matching":"profile_id" """, """{"id":"ANN"}""")]
    [InlineData("ann", """ "matching":"custom","field_name":"CRM_ID" """, """{"CRM_ID":"C-1"}""")]
    [InlineData("ann", """ "matching":"custom","field_name":"interests" """, """{"interests":["blue","red"]}""")]
    [InlineData("ann", """ "matching":"push_sub" """, """{"subscriptions":[{"resource_id":21,"channel":"email","email":"x@example.com"},{"resource_id":21,"provider":"Android-Firebase","subscription_id":"Token-1"}]}""")]
    [InlineData("ann", """ "matching":"custom_sub","field_name":"id" """, """{"subscriptions":[{"resource_id":21,"channel":"telegram_bot","cc_data":{"id":"555"}}]}""")]
    public async Task An_import_takes_a_key_that_is_not_at_the_root_from_the_data(string whom, string root, string data)
    {
        var answer = await _app.PostAsync("profiles/import", JsonNode.Parse("{\"db_id\":1," + root + ",\"data\":" + data.Replace("ANN", _ids["ann"], StringComparison.Ordinal) + "}")!.AsObject());
        answer.Error.ShouldBe(0, answer.Text);
        answer.ProfileId.ShouldBe(_ids[whom]);
        await ContactTable.ShouldBeExactAsync(_app);
    }

    [Theory]
    [InlineData("""{"email":"new@example.com"}""", "{}", true)]
    [InlineData("""{"email":"new@example.com","resource_id":21}""", "{}", true)]
    [InlineData("""{"matching":"email_profile","email":"new@example.com"}""", "{}", true)]
    [InlineData("""{"matching":"phone","phone":"+4799999"}""", "{}", true)]
    [InlineData("""{"matching":"custom","field_name":"interests","field_value":"a, b"}""", "{}", true)]
    [InlineData("""{"matching":"email_phone","email":"new@example.com","phone":"+4799999"}""", "{}", true)]
    [InlineData("""{"matching":"email_sub","email":"new@example.com"}""", """{"subscriptions":[{"resource_id":21,"email":"new@example.com"}]}""", true)]
    [InlineData("""{"matching":"phone","phone":"+4799999","resource_id":21}""", """{"subscriptions":[{"resource_id":21,"phone":"+4799999"}]}""", true)]
    [InlineData("""{"matching":"email_sub","email":"new@example.com"}""", "{}", false)]
    [InlineData("""{"matching":"phone_sub","phone":"+4799999"}""", """{"phones":"+4799999"}""", false)]
    [InlineData("""{"matching":"phone","phone":"+4799999","resource_id":21}""", """{"subscriptions":[{"resource_id":22,"phone":"+4799999"}]}""", false)]
    [InlineData("""{"matching":"push_sub","provider":"x","subscription_id":"y"}""", "{}", false)]
    public async Task Whoever_is_created_is_found_by_the_same_call_again(string keys, string data, bool created)
    {
        for (var time = 0; time < 2; time++)
        {
            var answer = await CallAsync("profiles/import", keys, $"\"data\":{data}");
            answer.Error.ShouldBe(created ? 0 : 400, answer.Text);
            if (!created) answer.ErrorText.ShouldEndWith("and a new one would not either: 'data.subscriptions' must hold what is matched by");
            (await _app.CountAsync("profiles")).ShouldBe(created ? 3 : 2);
        }
        await ContactTable.ShouldBeExactAsync(_app);
    }

    [Fact]
    public async Task A_phone_that_many_share_still_finds_the_one_who_is_subscribed()
    {
        for (var i = 0; i < 60; i++)
            (await _app.PostAsync("profiles/import", JsonNode.Parse($$"""{"db_id":1,"data":{"email":"p{{i}}@example.com","phones":["+4755555"]} }""")!.AsObject())).Error.ShouldBe(0);
        var one = await _app.PostAsync("profiles/import", JsonNode.Parse("""{"db_id":1,"data":{"email":"z@example.com","subscriptions":[{"resource_id":21,"phone":"+4755555"}]}}""")!.AsObject());

        ((string)(await CallAsync("profiles/get", """{"matching":"phone","phone":"+4755555","resource_id":21}""")).Json["data"]!["id"]!).ShouldBe(one.ProfileId);
        (await CallAsync("profiles/get", """{"matching":"phone","phone":"+4755555"}""")).Error.ShouldBe(435);
    }

    private Task<Answer> CallAsync(string method, string keys, string more = "\"x\":1")
    {
        var body = (JsonObject)JsonNode.Parse(keys)!;
        body["db_id"] = 1;
        foreach (var (name, value) in (JsonObject)JsonNode.Parse("{" + more + "}")!) body[name] = value?.DeepClone();
        return _app.PostAsync(method, body);
    }
}
