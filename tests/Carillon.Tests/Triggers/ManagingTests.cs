using System.Text.Json.Nodes;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Triggers;

/// <summary>Triggers through the API: the same objects, and the same checks, as those of the workspace file.</summary>
public sealed class ManagingTests : IAsyncLifetime
{
    private const string Receipt = """{"name":"Receipt","trigger_type":"api_call","send_channel":"email","resource_id":21,"list_id":1,"is_active":true,"content":[{"message_id":5}]}""";

    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_trigger_that_was_added_can_be_launched_at_once()
    {
        var id = await AddAsync(Receipt);

        (await _app.ImportAndStartAsync(id, "a@example.com")).Error.ShouldBe(0);

        await _app.Sink.WaitForAsync(1);
        _app.Sink.Mails.ShouldHaveSingleItem().Header("Subject").ShouldBe("Hello Ann");
    }

    [Fact]
    public async Task A_trigger_that_was_added_is_read_as_it_was_given()
    {
        var body = Requests.Json(Receipt);
        body["descr"] = "After an order";
        body["ui_tags"] = new JsonArray("orders");
        body["skip_minutes"] = 7;
        body["unconditional_sending"] = "true";
        body["content"]![0]!["subject"] = "Thanks";
        var data = await GetAsync(await AddAsync(body.ToJsonString()));

        ((string)data["name"]!, (string)data["trigger_type"]!, (string)data["send_channel"]!, (string)data["descr"]!).ShouldBe(("Receipt", "api_call", "email", "After an order"));
        ((int)data["list_id"]!, (int)data["resource_id"]!, (int)data["skip_minutes"]!).ShouldBe((1, 21, 7));
        ((bool)data["is_active"]!, (bool)data["unconditional_sending"]!).ShouldBe((true, true));
        ((int)data["content"]![0]!["message_id"]!, (string)data["content"]![0]!["subject"]!, (string)data["content"]![0]!["from_name"]!).ShouldBe((5, "Thanks", ""));
        data["ui_tags"]!.ToJsonString().ShouldBe("""["orders"]""");
    }

    [Theory]
    [InlineData("name", null, "Parameter 'name' is required")]
    [InlineData("name", "\"\"", "Parameter 'name' must not be empty")]
    [InlineData("trigger_type", null, "Parameter 'trigger_type' is required")]
    [InlineData("trigger_type", "\"api_cal\"", "Parameter 'trigger_type': \"api_cal\" is not a trigger type; known are api_call, ")]
    [InlineData("send_channel", null, "Parameter 'send_channel' is required")]
    [InlineData("send_channel", "\"sms\"", "Parameter 'send_channel': resource 21 has no channel sms")]
    [InlineData("resource_id", null, "Parameter 'resource_id' is required")]
    [InlineData("resource_id", "99", "Parameter 'resource_id': there is no resource 99")]
    [InlineData("list_id", "99", "Parameter 'list_id': there is no database 99")]
    [InlineData("list_id", null, "Parameter 'list_id' is required")]
    [InlineData("content", null, "Parameter 'content[0].message_id' is required")]
    [InlineData("content", "[{}]", "Parameter 'content[0].message_id' is required")]
    [InlineData("content", "[{\"message_id\":5},{\"message_id\":6}]", "Parameter 'content' must hold one content object: a trigger sends one template")]
    [InlineData("content", "[{\"message_id\":77}]", "Parameter 'content[0].message_id': there is no template 77")]
    [InlineData("content", "[{\"message_id\":5,\"subject\":\"{if x}\"}]", "Parameter 'content[0].subject': line 1, column 5 of the template: ")]
    [InlineData("content", "[{\"message_id\":5,\"from_email\":\"nobody\"}]", "Parameter 'content[0].from_email': \"nobody\" is not an e-mail address")]
    [InlineData("skip_minutes", "-1", "Parameter 'skip_minutes': -1 is not between 0 and 527040")]
    [InlineData("policy_id", "3", "Parameter 'policy_id' is not supported: ")]
    [InlineData("virtual_sender_id", "3", "Parameter 'virtual_sender_id' is not supported: ")]
    [InlineData("blind_carbon_copy", "[\"a@example.com\"]", "Parameter 'blind_carbon_copy' is not supported: ")]
    [InlineData("for_confirm", "true", "Parameter 'for_confirm' is not supported: ")]
    [InlineData("is_active", "\"perhaps\"", "Parameter 'is_active' must be true or false, but is \"perhaps\"")]
    public async Task What_a_file_would_refuse_is_refused_by_its_parameter(string parameter, string? value, string text)
    {
        var body = Requests.Json(Receipt);
        if (value is null) body.Remove(parameter);
        else body[parameter] = JsonNode.Parse(value);
        var before = await _app.CountAsync("triggers");

        var answer = await _app.PostAsync("campaigns/triggers/add", body);

        answer.Error.ShouldBe(400);
        answer.ErrorText.ShouldStartWith(text);
        (await _app.CountAsync("triggers")).ShouldBe(before);
    }

    [Fact]
    public async Task What_asks_for_nothing_is_no_error()
    {
        var body = Requests.Json(Receipt);
        foreach (var name in new[] { "policy_id", "virtual_sender_id", "subid" }) body[name] = 0;
        body["blind_carbon_copy"] = new JsonArray();
        body["for_confirm"] = "false";
        body["attributes"] = new JsonObject { ["a"] = 1 };
        body["push_sending_mode"] = "last";
        await AddAsync(body.ToJsonString());
    }

    [Fact]
    public async Task The_only_database_of_a_resource_need_not_be_named()
    {
        var body = Requests.Json(Receipt);
        body.Remove("list_id");
        body["resource_id"] = 22;
        ((int)(await GetAsync(await AddAsync(body.ToJsonString())))["list_id"]!).ShouldBe(1);
    }

    [Fact]
    public async Task The_old_keys_of_the_channel_still_mean_email()
    {
        var body = Requests.Json(Receipt);
        body.Remove("send_channel");
        body["send_email_content"] = true;
        ((string)(await GetAsync(await AddAsync(body.ToJsonString())))["send_channel"]!).ShouldBe("email");
    }

    [Fact]
    public async Task An_update_changes_what_it_names_and_leaves_the_rest()
    {
        await UpdateAsync("""{"id":"96","name":"Hello","content":[{"message_id":5,"subject":"For {lead._fname}","from_name":"The shop"}],"send_channel":"push","skip_minutes":5}""");

        var data = await GetAsync(96);
        ((string)data["name"]!, (string)data["send_channel"]!, (bool)data["is_active"]!, (int)data["resource_id"]!).ShouldBe(("Hello", "email", true, 21));
        var answer = await _app.ImportAndStartAsync(96, "a@example.com");
        ((string)(await _app.MessageAsync(answer))["run_at"]!).ShouldBe("2026-01-01T00:05:00.000Z");
        _app.Advance(TimeSpan.FromMinutes(5));
        await _app.Sink.WaitForAsync(1);
        var mail = _app.Sink.Mails.ShouldHaveSingleItem();
        mail.Header("Subject").ShouldBe("For Ann");
        mail.Header("From").ShouldBe("\"The shop\" <shop@example.com>");

        await UpdateAsync("""{"id":96,"content":[{"message_id":5,"subject":""}]}""");
        ((string)(await GetAsync(96))["content"]![0]!["subject"]!).ShouldBe("");
        ((string)(await GetAsync(96))["content"]![0]!["from_name"]!).ShouldBe("The shop");
    }

    [Fact]
    public async Task A_timeout_of_the_call_wins_over_the_triggers_wait()
    {
        await UpdateAsync("""{"id":96,"skip_minutes":5}""");
        var answer = await _app.ImportAndStartAsync(96, "a@example.com", """{"timeout":{"minutes":0}}""");
        await _app.Sink.WaitForAsync(1);
        ((string)(await _app.MessageAsync(answer))["run_at"]!).ShouldBe("2026-01-01T00:00:00.000Z");
    }

    [Theory]
    [InlineData("campaigns/triggers/clone")]
    [InlineData("campaigns/clone")]
    public async Task A_clone_is_the_same_but_sleeps(string method)
    {
        await UpdateAsync("""{"id":96,"content":[{"message_id":5,"subject":"Thanks"}]}""");

        var unnamed = (int)(await _app.PostAsync(method, Requests.Json("""{"id":"96"}"""))).Json["data"]!["saved_id"]!;
        var named = (int)(await _app.PostAsync(method, Requests.Json("""{"id":96,"name":"Twin"}"""))).Json["data"]!["saved_id"]!;

        var data = await GetAsync(unnamed);
        ((string)data["name"]!, (bool)data["is_active"]!, (string)data["content"]![0]!["subject"]!).ShouldBe(("Clone of Welcome", false, "Thanks"));
        ((string)(await GetAsync(named))["name"]!).ShouldBe("Twin");
        (await _app.PostAsync(method, Requests.Json("""{"id":12345}"""))).Error.ShouldBe(404);
    }

    [Fact]
    public async Task A_repeated_call_makes_one_trigger()
    {
        async Task<string> CloneAsync() => (await _app.PostAsync("campaigns/clone", Requests.Json("""{"id":96}"""), ("Request-ID", "r1"))).Text;
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => CloneAsync()));

        answers.Distinct().ShouldHaveSingleItem().ShouldContain("saved_id");
        (await _app.CountAsync("triggers")).ShouldBe(11);
    }

    [Theory]
    [InlineData("campaigns/triggers/list", "{}", "1,5,84,96,97,98,99,100,101,102")]
    [InlineData("campaigns/triggers/list", """{"is_active":"false"}""", "97")]
    [InlineData("campaigns/triggers/list", """{"is_active":true,"from_id":100}""", "100,101,102")]
    [InlineData("campaigns/triggers/list", """{"ui_tags":["none"]}""", "")]
    [InlineData("campaigns/list", """{"type":"trigger","limit":2}""", "1,5")]
    [InlineData("campaigns/list", """{"type":"broadcast"}""", "")]
    [InlineData("campaigns/list", """{"is_active":false}""", "97")]
    public async Task Lists_are_filtered_and_paged(string method, string body, string ids)
    {
        var answer = await _app.PostAsync(method, Requests.Json(body));
        answer.Error.ShouldBe(0, answer.Text);
        string.Join(",", answer.Json["data"]!.AsArray().Select(item => (int)item!["id"]!)).ShouldBe(ids);
    }

    [Fact]
    public async Task A_list_of_an_unknown_kind_is_refused() =>
        (await _app.PostAsync("campaigns/list", Requests.Json("""{"type":"letters"}"""))).ErrorText.ShouldBe("Parameter 'type' must be one of broadcast, regular, trigger, splittest");

    [Fact]
    public async Task Senders_are_listed_without_their_secrets()
    {
        var answer = await _app.PostAsync("senders/list", Requests.Json("{}"));
        answer.Json["data"]!.ToJsonString().ShouldBe("""[{"channel":"email","id":1,"name":"","type":"outbox"},{"channel":"email","id":2,"name":"","type":"smtp"}]""");
    }

    [Theory]
    [InlineData("campaigns/triggers/get")]
    [InlineData("campaigns/triggers/update")]
    [InlineData("campaigns/get")]
    [InlineData("campaigns/get_status")]
    [InlineData("campaigns/activate")]
    [InlineData("campaigns/deactivate")]
    [InlineData("campaigns/delete")]
    public async Task An_unknown_trigger_is_404_and_a_missing_id_400(string method)
    {
        var unknown = await _app.PostAsync(method, Requests.Json("""{"id":12345}"""));
        (unknown.Error, unknown.ErrorText).ShouldBe((404, "There is no trigger 12345"));
        (await _app.PostAsync(method, Requests.Json("{}"))).ErrorText.ShouldBe("Parameter 'id' is required");
    }

    [Fact]
    public async Task Updates_at_the_same_moment_lose_nothing()
    {
        await Task.WhenAll(
            UpdateAsync("""{"id":96,"name":"Renamed"}"""), UpdateAsync("""{"id":96,"descr":"Described"}"""), UpdateAsync("""{"id":96,"ui_tags":["a"]}"""),
            UpdateAsync("""{"id":96,"skip_minutes":3}"""), UpdateAsync("""{"id":96,"content":[{"message_id":5,"subject":"S"}]}"""),
            _app.ApplyAsync("databases: [{id: 9, name: Another}]"),
            Task.Run(async () => (await _app.PostAsync("campaigns/deactivate", Requests.Json("""{"id":96}"""))).Error.ShouldBe(0)));

        var data = await GetAsync(96);
        ((string)data["name"]!, (string)data["descr"]!, (int)data["skip_minutes"]!, (bool)data["is_active"]!).ShouldBe(("Renamed", "Described", 3, false));
        (data["ui_tags"]!.ToJsonString(), (string)data["content"]![0]!["subject"]!).ShouldBe(("""["a"]""", "S"));
        (await _app.PostAsync("databases/get", Requests.Json("""{"id":9}"""))).Error.ShouldBe(0);
    }

    private async Task<int> AddAsync(string body)
    {
        var answer = await _app.PostAsync("campaigns/triggers/add", Requests.Json(body));
        answer.Error.ShouldBe(0, answer.Text);
        return (int)answer.Json["data"]!["saved_id"]!;
    }

    private async Task UpdateAsync(string body)
    {
        var answer = await _app.PostAsync("campaigns/triggers/update", Requests.Json(body));
        answer.Error.ShouldBe(0, answer.Text);
    }

    private async Task<JsonNode> GetAsync(int id) => (await _app.PostAsync("campaigns/triggers/get", new JsonObject { ["id"] = id })).Json["data"]!;
}
