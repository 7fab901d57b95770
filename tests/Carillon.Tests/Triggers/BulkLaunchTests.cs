using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Tests.Harness;
using Microsoft.Extensions.Logging;

namespace Carillon.Tests.Triggers;

/// <summary><c>start_batch</c> and <c>import_and_start_batch</c>: each item as if it came alone, all of them in one call.</summary>
public sealed class BulkLaunchTests : IAsyncLifetime
{
    private const string ImportAndStart = "campaigns/triggers/import_and_start_batch";
    private const string Start = "campaigns/triggers/start_batch";
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_item_is_imported_and_launched_wrapped_or_plain(bool wrapped)
    {
        var answer = await SendAsync(new JsonArray(Item("a@example.com", wrapped), Item("b@example.com", wrapped)));

        answer.Error.ShouldBe(0, answer.Text);
        answer.Json["result"]!.AsArray().Select(item => (string)item!["profile_id"]!).ShouldBe([await IdAsync("a@example.com"), await IdAsync("b@example.com")]);
        answer.Json.ContainsKey("errors").ShouldBeFalse();
        await _app.Sink.WaitForAsync(2);
        _app.Sink.Mails.Select(mail => mail.To).ShouldBe(["a@example.com", "b@example.com"], ignoreOrder: true);
    }

    [Fact]
    public async Task More_items_than_a_transaction_takes_are_launched_in_order_and_once_each()
    {
        var items = Enumerable.Range(0, 650).Select(number => Item($"p{number}@example.com", wrapped: true)).ToArray();

        var answer = await SendAsync(new JsonArray(items), """{"timeout":{"days":1}}""");

        var ids = answer.Json["result"]!.AsArray().Select(item => (string)item!["profile_id"]!).ToList();
        ids.Distinct().Count().ShouldBe(650);
        ids[0].ShouldBe(await IdAsync("p0@example.com"));
        ids[649].ShouldBe(await IdAsync("p649@example.com"));
        (await _app.CountAsync("messages")).ShouldBe(650);
        (await _app.CountAsync("launches")).ShouldBe(1, "the messages of a call share one launch");
    }

    [Fact]
    public async Task An_item_that_the_store_refuses_stops_no_other_and_twins_of_the_call_do_none_twice()
    {
        await RefuseAsync("poison@example.com");
        var items = Enumerable.Range(0, 250).Select(number => Item(number == 3 ? "poison@example.com" : $"p{number}@example.com", wrapped: true)).ToArray();
        var body = new JsonObject { ["trigger_id"] = 96, ["data"] = new JsonArray(items), ["timeout"] = new JsonObject { ["days"] = 1 } }.ToJsonString();

        var twins = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => _app.PostAsync(ImportAndStart, Requests.Json(body), ("Request-ID", "one"))));

        foreach (var twin in twins)
        {
            twin.Json["result"]!.AsArray().Count.ShouldBe(249, twin.ErrorText);
            var error = twin.Json["errors"]!.AsArray().ShouldHaveSingleItem()!;
            ((int)error["index"]!, (int)error["error"]!).ShouldBe((3, 500));
        }
        (await _app.CountAsync("messages")).ShouldBe(249);
        (await LaunchesAsync(_app)).ShouldBe(1);
    }

    /// <summary>The store objects to every message for a contact, as it would to a row that breaks one of its own rules.</summary>
    private async Task RefuseAsync(string contact)
    {
        var rule = TestStore.IsPostgres
            ? $"ALTER TABLE messages ADD CONSTRAINT refused CHECK (contact <> '{contact}')"
            : $"CREATE TRIGGER refused BEFORE INSERT ON messages WHEN NEW.contact = '{contact}' BEGIN SELECT RAISE(ABORT, 'refused'); END";
        await _app.Database.WriteAsync(session => session.ExecuteAsync(rule, CancellationToken.None), CancellationToken.None);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(10, 300)]
    public async Task An_item_sees_what_an_earlier_one_did(int first, int second)
    {
        var items = Enumerable.Range(0, second + 1).Select(number => Item(number == second ? $"P{first}@Example.com" : $"p{number}@example.com", wrapped: false)).ToArray();
        items[second]["_fname"] = "Later";

        var answer = await SendAsync(new JsonArray(items), """{"timeout":{"days":1}}""");

        var ids = answer.Json["result"]!.AsArray().Select(item => (string)item!["profile_id"]!).ToList();
        ids[second].ShouldBe(ids[first]);
        ((string)(await _app.ProfileAsync("email", "email", $"p{first}@example.com"))["_fname"]!).ShouldBe("Later");
        (await _app.CountAsync("profiles")).ShouldBe(second);
        (await _app.CountAsync("messages")).ShouldBe(second + 1);
    }

    [Fact]
    public async Task What_is_wrong_with_an_item_is_told_with_its_index_and_stops_no_other()
    {
        await _app.ImportAsync("owner@example.com", """{"Custom_ID":"1"}""");
        var answer = await SendAsync(new JsonArray(
            Item("good@example.com", wrapped: true),
            "no object",
            Item("not an address", wrapped: true),
            new JsonObject { ["email"] = "nosub@example.com" },
            Item("clash@example.com", wrapped: false, """{"Custom_ID":"1"}"""),
            Item("age@example.com", wrapped: false, """{"age":"old"}"""),
            Item("also.good@example.com", wrapped: false)), """{"timeout":{"days":1}}""");

        answer.Error.ShouldBe(0);
        answer.Json["result"]!.AsArray().Count.ShouldBe(2);
        var errors = answer.Json["errors"]!.AsArray().ToDictionary(error => (int)error!["index"]!, error => ((int)error!["error"]!, (string)error["error_text"]!));
        errors.Keys.ShouldBe([1, 2, 3, 4, 5]);
        errors[1].Item2.ShouldBe("Parameter 'data[1]' must be an object");
        errors[2].Item2.ShouldContain("not an e-mail address");
        errors[3].ShouldBe((400, "No active subscriptions passed for trigger resource"));
        errors[4].Item1.ShouldBe(409);
        errors[5].Item2.ShouldContain("Field 'age' is int");
        (await _app.CountAsync("profiles")).ShouldBe(3, "the refused ones left nothing");
    }

    [Fact]
    public async Task In_XML_the_errors_stand_beside_the_results()
    {
        var answer = await _app.PostXmlAsync(ImportAndStart, $"""
            <xml><token>{CarillonApp.Token}</token><trigger_id>96</trigger_id>
            <data><email>a@example.com</email><subscriptions><email>a@example.com</email><resource_id>21</resource_id></subscriptions></data>
            <data><email>b@example.com</email></data></xml>
            """);

        answer.Text.ShouldMatch("""^<xml><error>0</error><error_text>Successful operation</error_text><errors array="true"><index>1</index><error>400</error><error_text>No active subscriptions passed for trigger resource</error_text></errors><result array="true"><profile_id>[0-9a-f]{24}</profile_id></result></xml>$""");
    }

    [Fact]
    public async Task One_object_in_place_of_an_array_is_one_item()
    {
        var answer = await SendAsync(Item("a@example.com", wrapped: true));
        answer.Json["result"]!.AsArray().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_value_to_match_by_comes_from_each_item()
    {
        var items = new JsonArray(Item("a@example.com", wrapped: false, """{"Custom_ID":"7"}"""), Item("b@example.com", wrapped: false));
        var answer = await SendAsync(items, """{"matching":"custom","field_name":"Custom_ID","field_value":"ignored"}""");

        answer.Json["result"]!.AsArray().Count.ShouldBe(1);
        ((string)answer.Json["errors"]![0]!["error_text"]!).ShouldBe("Parameter 'field_value' is required to match by custom");
        (await _app.ProfileAsync("email", "email", "a@example.com"))["Custom_ID"]!.GetValue<string>().ShouldBe("7");
    }

    [Fact]
    public async Task A_wrapped_item_may_name_its_own_key_beside_its_data()
    {
        var id = await _app.ImportAsync("old@example.com");
        var item = Item("new@example.com", wrapped: true);
        item["profile_id"] = id;

        var answer = await SendAsync(new JsonArray(item), """{"matching":"profile_id"}""");

        ((string)answer.Json["result"]![0]!["profile_id"]!).ShouldBe(id);
        (await IdAsync("new@example.com")).ShouldBe(id);
    }

    [Fact]
    public async Task The_messages_share_the_content_and_the_files_of_the_call_and_go_behind_single_calls()
    {
        var answer = await SendAsync(new JsonArray(Item("a@example.com", wrapped: true), Item("b@example.com", wrapped: true)),
            """{"content":{"email_title":"News"},"attach":[{"name":"n.txt","data":"data:text/plain;base64,SEVMTE8K"}]}""");

        await _app.Sink.WaitForAsync(2);
        foreach (var mail in _app.Sink.Mails)
        {
            mail.Header("Subject").ShouldEndWith(": News");
            System.Text.Encoding.UTF8.GetString(mail.Content).ShouldContain("n.txt");
        }
        var launch = await _app.LaunchAsync(answer);
        launch["messages"]!.AsArray().Count.ShouldBe(2);
        (await _app.CountAsync("attachments")).ShouldBe(1);
        (await _app.CountAsync("messages WHERE priority = 2")).ShouldBe(2);
    }

    [Fact]
    public async Task An_item_with_a_content_of_its_own_has_a_launch_of_its_own()
    {
        await _app.ImportAsync("a@example.com");
        await _app.ImportAsync("b@example.com");

        var answer = await _app.PostAsync(Start, new JsonObject
        {
            ["trigger_id"] = 96, ["content"] = new JsonObject { ["email_title"] = "All" },
            ["data"] = Requests.Json("""{"x":[{"email":"a@example.com"},{"email":"b@example.com","content":{"email_title":"Only you"}}]}""")["x"]!.DeepClone(),
        });

        answer.Json["result"]!.AsArray().Count.ShouldBe(2);
        await _app.Sink.WaitForAsync(2);
        _app.Sink.Mails.Single(mail => mail.To == "a@example.com").Header("Subject").ShouldEndWith(": All");
        _app.Sink.Mails.Single(mail => mail.To == "b@example.com").Header("Subject").ShouldEndWith(": Only you");
    }

    [Fact]
    public async Task Start_batch_finds_by_the_key_of_each_item_and_tells_who_is_not_there()
    {
        var id = await _app.ImportAsync("a@example.com", """{"Custom_ID":"7"}""");

        var answer = await _app.PostAsync(Start, Requests.Json("""{"trigger_id":96,"matching":"custom","field_name":"Custom_ID","data":[{"field_value":7},{"field_value":"8"},{"email":"a@example.com"}]}"""));

        answer.Json["result"]!.ToJsonString().ShouldBe($$"""[{"profile_id":"{{id}}"}]""");
        answer.Json["errors"]!.AsArray().Select(error => ((int)error!["index"]!, (int)error["error"]!)).ShouldBe([(1, 404), (2, 400)]);
    }

    [Theory]
    [InlineData(Start, """{"id":96,"data":[{"email":"a@example.com"}]}""", "'trigger_id' is required: this method names the trigger by 'trigger_id', not by 'id'")]
    [InlineData(ImportAndStart, """{"id":96,"data":[{"email":"a@example.com"}]}""", "'trigger_id' is required: this method names the trigger by 'trigger_id', not by 'id'")]
    [InlineData(Start + "_task", """{"trigger_id":96,"data":[{"email":"a@example.com"}]}""", "'id' is required: this method names the trigger by 'id', not by 'trigger_id'")]
    [InlineData(ImportAndStart + "_task", """{"id":96,"data":[{"email":"a@example.com"}]}""", "'trigger_id' is required: this method names the trigger by 'trigger_id', not by 'id'")]
    [InlineData(ImportAndStart, """{"trigger_id":96}""", "'data' is required")]
    [InlineData(ImportAndStart, """{"trigger_id":96,"data":[]}""", "'data' is required")]
    [InlineData(ImportAndStart, """{"trigger_id":97,"data":[{}]}""", "Trigger is not active")]
    [InlineData(ImportAndStart, """{"trigger_id":96,"db_id":2,"data":[{}]}""", "'db_id' is 2")]
    [InlineData(ImportAndStart, """{"trigger_id":96,"timeout":{"days":-1},"data":[{}]}""", "'timeout' must be")]
    [InlineData(ImportAndStart, """{"trigger_id":96,"skip_triggers":"perhaps","data":[{}]}""", "'skip_triggers' must be")]
    public async Task A_call_that_is_wrong_as_a_whole_is_refused(string method, string body, string text)
    {
        var answer = await _app.PostAsync(method, Requests.Json(body));
        answer.Error.ShouldBe(400);
        answer.ErrorText.ShouldContain(text);
    }

    [Fact]
    public async Task Ten_thousand_items_are_a_call_and_one_more_is_too_many()
    {
        var items = new JsonArray([.. Enumerable.Range(0, BulkEndpoints.MaxItems).Select(_ => (JsonNode)new JsonObject())]);
        var answer = await SendAsync(items);
        answer.Error.ShouldBe(0);
        answer.Json["errors"]!.AsArray().Count.ShouldBe(BulkEndpoints.MaxItems);

        items.Add(new JsonObject());
        (await SendAsync(items)).ErrorText.ShouldBe("Parameter 'data' holds 10001 items; a call may hold 10000");
    }

    [Fact]
    public async Task A_repeat_of_a_call_with_many_items_gets_the_first_answer_and_launches_nothing()
    {
        JsonArray Items() => new([.. Enumerable.Range(0, 450).Select(number => (JsonNode)Item(number == 444 ? "wrong" : $"p{number}@example.com", wrapped: false))]);
        var first = await SendAsync(Items(), """{"timeout":{"days":1}}""", ("Request-ID", "r1"));
        var second = await SendAsync(Items(), """{"timeout":{"days":1}}""", ("Request-ID", "r1"));

        second.Text.ShouldBe(first.Text);
        second.Headers["Duplicate-Request"].ShouldBe("true");
        second.Headers["Launch-ID"].ShouldBe(first.Headers["Launch-ID"]);
        (await _app.CountAsync("messages")).ShouldBe(449);
    }

    [Fact]
    public async Task Twins_of_a_call_with_many_items_launch_each_item_once()
    {
        JsonArray Items() => new([.. Enumerable.Range(0, 900).Select(number => (JsonNode)Item($"p{number}@example.com", wrapped: false))]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => SendAsync(Items(), """{"timeout":{"days":1}}""", ("Request-ID", "r1"))));

        foreach (var answer in answers) answer.Json["result"]!.ToJsonString().ShouldBe(answers[0].Json["result"]!.ToJsonString());
        (await _app.CountAsync("messages")).ShouldBe(900);
        (await LaunchesAsync(_app)).ShouldBe(1, "the messages of a call share one launch, whoever of the twins wrote them");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_that_broke_off_half_way_goes_on_with_its_launch_when_it_is_repeated(bool slow)
    {
        await using var app = await CarillonApp.StartAsync(logging: logging => logging.SetMinimumLevel(LogLevel.None), fragile: true);
        app.Fragile.IsSlow = slow;
        app.Fragile.IsAwayAsync = store => store.HoldsAsync("messages", 400);
        var broken = await CallAsync(app, 650);
        app.Fragile.IsAwayAsync = null;
        (broken.Error, broken.Json["result"]!.AsArray().Count, broken.Json["errors"]!.AsArray().Count).ShouldBe((0, 400, 250));
        ((string)broken.Json["errors"]![0]!["error_text"]!).ShouldBe("The server is busy: this item was not carried out, try it again in a moment");
        (await app.CountAsync("messages")).ShouldBe(400);
        await app.RestartAsync();

        var answer = await CallAsync(app, 650);

        answer.Json["result"]!.AsArray().Count.ShouldBe(650, answer.ErrorText);
        (await app.CountAsync("messages")).ShouldBe(650);
        (await LaunchesAsync(app)).ShouldBe(1);
        (await app.LaunchAsync(answer))["messages"]!.AsArray().Count.ShouldBe(650);
    }

    [Fact]
    public async Task A_connection_that_breaks_with_the_first_commit_costs_no_other_item()
    {
        await using var app = await CarillonApp.StartAsync(logging: logging => logging.SetMinimumLevel(LogLevel.None), fragile: true);
        app.Fragile.LosesCommitAsync = store => store.HoldsAsync("messages", 200);

        var answer = await CallAsync(app, 650);

        answer.Json["errors"]!.AsArray().Select(error => ((int)error!["index"]!, (string)error["error_text"]!)).ShouldBe(
            Enumerable.Range(0, 200).Select(index => (index, "The connection to the store broke: nobody knows whether this item was carried out")));
        (await app.CountAsync("messages")).ShouldBe(650);
        (await app.CountAsync("attachments")).ShouldBe(1);
        (await LaunchesAsync(app)).ShouldBe(1);
        (await CallAsync(app, 650)).Json["result"]!.AsArray().Count.ShouldBe(650, "a repeat finds out what nobody knew");
        (await app.CountAsync("messages")).ShouldBe(650);
    }

    private static Task<Answer> CallAsync(CarillonApp app, int items) => app.PostAsync(ImportAndStart, new JsonObject
    {
        ["trigger_id"] = 96, ["timeout"] = new JsonObject { ["days"] = 1 }, ["attach"] = new JsonArray(new JsonObject { ["name"] = "a.txt", ["data"] = "data:text/plain;base64,aGk=" }),
        ["data"] = new JsonArray([.. Enumerable.Range(0, items).Select(number => (JsonNode)Item($"p{number}@example.com", wrapped: false))]),
    }, ("Request-ID", "r1"));

    private static Task<long> LaunchesAsync(CarillonApp app) => app.CountAsync("(SELECT DISTINCT launch_id FROM messages) AS told");

    [Fact]
    public async Task Single_calls_get_through_while_a_large_call_is_written()
    {
        var large = SendAsync(new JsonArray([.. Enumerable.Range(0, 5000).Select(number => (JsonNode)Item($"p{number}@example.com", wrapped: false))]), """{"timeout":{"days":1}}""");
        List<Task<Answer>> singles = [];
        for (var i = 0; i < 20; i++) singles.Add(_app.ImportAndStartAsync(96, $"single{i}@example.com", """{"timeout":{"days":1}}"""));

        foreach (var single in await Task.WhenAll(singles)) single.Error.ShouldBe(0, single.Text);
        (await large).Json["result"]!.AsArray().Count.ShouldBe(5000);
        (await _app.CountAsync("messages")).ShouldBe(5020);
    }

    private Task<Answer> SendAsync(JsonNode data, string more = "{}", params (string, string)[] headers)
    {
        var body = Requests.Json(more);
        body["trigger_id"] = 96;
        body["data"] = data.DeepClone();
        return _app.PostAsync(ImportAndStart, body, headers);
    }

    private static JsonObject Item(string email, bool wrapped, string more = "{}")
    {
        var profile = Requests.Json(more);
        profile["email"] = email;
        profile["_fname"] = "Ann";
        profile["subscriptions"] = new JsonArray(Requests.EmailSubscription(email));
        return wrapped ? new JsonObject { ["data"] = profile } : profile;
    }

    private async Task<string> IdAsync(string email) => (string)(await _app.ProfileAsync("email", "email", email))["id"]!;
}
