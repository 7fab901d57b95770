using System.Text.Json.Nodes;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Templates;

/// <summary>Templates through the API: the same objects, and the same checks, as those of the workspace file.</summary>
public sealed class TemplateEndpointTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_template_that_was_added_is_read_as_it_was_given()
    {
        var id = await AddAsync("""{"name":"Receipt","descr":"After an order","ui_tags":["orders"],"channels":[{"sid":"email","fields":{"subject":"Order {apicontent.id}","html":"<b>{apicontent.id}</b>","text":"{apicontent.id}","from_email":"orders@example.com","replyto_name":"Help"}}]}""");

        id.ShouldBeGreaterThan(1_000_000);
        var data = await GetAsync(id);
        ((string)data["name"]!, (string)data["description"]!, (bool)data["is_draft"]!).ShouldBe(("Receipt", "After an order", false));
        ((string)data["updated_user"]!, (string)data["update_time"]!).ShouldBe(("examples", "2026-01-01T00:00:00.000Z"));
        data["ui_tags"]!.ToJsonString().ShouldBe("""["orders"]""");
        var channel = data["channels"]!.AsArray().ShouldHaveSingleItem()!;
        ((int)channel["id"]!, (string)channel["sid"]!).ShouldBe((1, "email"));
        var fields = channel["fields"]!;
        ((string)fields["subject"]!, (string)fields["html"]!, (string)fields["text"]!).ShouldBe(("Order {apicontent.id}", "<b>{apicontent.id}</b>", "{apicontent.id}"));
        ((string)fields["from_email"]!, (string)fields["replyto_name"]!, (string)fields["replyto_email"]!).ShouldBe(("orders@example.com", "Help", ""));
    }

    [Theory]
    [InlineData("""{"channels":[{"sid":"email","fields":{"subject":"x","text":"x"}}]}""", "Parameter 'name' is required")]
    [InlineData("""{"name":"x"}""", "Parameter 'channels' is required")]
    [InlineData("""{"name":"x","channels":[{"fields":{"subject":"x"}}]}""", "Parameter 'channels[0].sid' is required")]
    [InlineData("""{"name":"x","channels":[{"sid":"email","fields":{"text":"x"}}]}""", "Parameter 'channels[0].fields.subject' is required")]
    [InlineData("""{"name":"x","channels":[{"sid":"email","fields":{"subject":"x"}}]}""", "Parameter 'channels[0]': needs html or text")]
    [InlineData("""{"name":"x","channels":[{"sid":"email","fields":{"subject":"x","html":"<p>\n<b>{if x}"}}]}""", "Parameter 'channels[0].fields.html': line 2, column 8 of the template: ")]
    [InlineData("""{"name":"x","channels":[{"sid":"email","fields":{"subject":"two\nlines","text":"x"}}]}""", "Parameter 'channels[0].fields.subject' must be one line without control characters")]
    [InlineData("""{"name":"x","channels":[{"sid":"email","fields":{"subject":"x","text":"x","from_email":"nobody"}}]}""", "Parameter 'channels[0].fields.from_email': \"nobody\" is not an e-mail address")]
    [InlineData("""{"name":"x","channels":[{"sid":"email","fields":{"subject":"x","text":"x"}},{"sid":"sms","fields":{"sms":"x"}}]}""", "Parameter 'channels[1].sid': content for sms is not supported yet; only email is")]
    [InlineData("""{"name":"x","channels":[{"sid":"emial","fields":{"subject":"x","text":"x"}}]}""", "Parameter 'channels[0].sid': \"emial\" is not a channel; did you mean email?")]
    [InlineData("""{"name":"x","channels":[{"sid":"email","fields":{"subject":"x","text":"x"}},{"sid":"email.html"}]}""", "Parameter 'channels[1].sid': \"email.html\" is not a channel")]
    [InlineData("""{"name":"x","channels":[{"sid":"email","fields":{"subject":"x","text":"x"}},{"sid":"email","fields":{"subject":"y","text":"y"}}]}""", "Parameter 'channels[1].sid': \"email\" stands twice")]
    [InlineData("""{"name":"x","json_url":"http://a/","channels":[{"sid":"email","fields":{"subject":"x","text":"x"}}]}""", "Parameter 'json_url' is not supported: ")]
    [InlineData("""{"name":"x","suppress_id":"3","channels":[{"sid":"email","fields":{"subject":"x","text":"x"}}]}""", "Parameter 'suppress_id' is not supported: ")]
    [InlineData("""{"name":"x","channels":[{"sid":"email","fields":{"subject":"x","text":"x","amp":"<html amp>"}}]}""", "Parameter 'channels[0].fields.amp' is not supported: ")]
    [InlineData("""{"name":"x","ui_tags":["a\nb"],"channels":[{"sid":"email","fields":{"subject":"x","text":"x"}}]}""", "Parameter 'ui_tags' must be a list of at most 50 texts")]
    public async Task What_a_file_would_refuse_is_refused_by_its_parameter(string body, string text)
    {
        var before = await _app.CountAsync("templates");

        var answer = await _app.PostAsync("templates/add", Requests.Json(body));

        answer.Error.ShouldBe(400);
        answer.ErrorText.ShouldStartWith(text);
        (await _app.CountAsync("templates")).ShouldBe(before);
    }

    [Fact]
    public async Task An_update_changes_what_it_names_and_leaves_the_rest()
    {
        var answer = await _app.PostAsync("templates/update", Requests.Json("""{"id":"5","channels":[{"sid":"email","fields":{"subject":"Good day {lead._fname}"}}]}"""));

        answer.Json["data"]!.ToJsonString().ShouldBe("""{"saved_id":5}""");
        var data = await GetAsync(5);
        ((string)data["name"]!).ShouldBe("Welcome");
        ((string)data["channels"]![0]!["fields"]!["subject"]!).ShouldBe("Good day {lead._fname}");
        ((string)data["channels"]![0]!["fields"]!["html"]!).ShouldStartWith("<p>Hello");
        await _app.ImportAndStartAsync(96, "a@example.com");
        await _app.Sink.WaitForAsync(1);
        _app.Sink.Mails.ShouldHaveSingleItem().Header("Subject").ShouldBe("Good day Ann");
    }

    [Fact]
    public async Task An_empty_text_takes_a_part_away_but_not_the_last_one()
    {
        (await UpdateAsync("""{"id":5,"channels":[{"sid":"email","fields":{"html":""}}]}""")).Error.ShouldBe(0);
        ((string)(await GetAsync(5))["channels"]![0]!["fields"]!["html"]!).ShouldBe("");

        (await UpdateAsync("""{"id":5,"channels":[{"sid":"email","fields":{"text":""}}]}""")).ErrorText.ShouldBe("Parameter 'channels[0]': needs html or text");
    }

    [Fact]
    public async Task A_change_that_would_break_a_trigger_is_refused_by_the_triggers_name()
    {
        (await UpdateAsync("""{"id":5,"is_draft":true}""")).ErrorText.ShouldStartWith("trigger 1 \"Article\" would no longer work: template 5 is a draft");
        ((bool)(await GetAsync(5))["is_draft"]!).ShouldBeFalse();
    }

    [Fact]
    public async Task A_template_in_use_is_not_deleted()
    {
        var refused = await _app.PostAsync("templates/delete", Requests.Json("""{"id":6}"""));
        (refused.Error, refused.ErrorText).ShouldBe((400, "Template 6 is used by trigger 101 \"Endless\""));

        var id = await AddAsync("""{"name":"Free","channels":[{"sid":"email","fields":{"subject":"x","text":"x"}}]}""");
        (await _app.PostAsync("templates/delete", new JsonObject { ["id"] = id })).Json["data"]!.GetValue<int>().ShouldBe(id);
        var gone = await _app.PostAsync("templates/get", new JsonObject { ["id"] = id });
        (gone.Error, gone.ErrorText).ShouldBe((404, $"There is no template {id}"));
        (await _app.PostAsync("templates/delete", new JsonObject { ["id"] = id })).Error.ShouldBe(404);
        (await _app.PostAsync("templates/update", new JsonObject { ["id"] = id, ["name"] = "x" })).Error.ShouldBe(404);
    }

    [Fact]
    public async Task A_template_that_a_workflow_sends_is_not_deleted()
    {
        var id = await AddAsync("""{"name":"Step","channels":[{"sid":"email","fields":{"subject":"x","text":"x"}}]}""");
        await _app.ApplyAsync($$"""
            workflows:
              - id: 12
                name: Series
                database: 1
                nodes:
                  - {id: start, type: start, next: hello}
                  - {id: hello, type: send, channel: email, resource: 21, template: {{id}}, next: done}
                  - {id: done, type: exit}
            """);

        var answer = await _app.PostAsync("templates/delete", new JsonObject { ["id"] = id });

        answer.Error.ShouldBe(400);
        answer.ErrorText.ShouldStartWith("workflow 12 \"Series\" would no longer work: ");
        answer.ErrorText.ShouldContain($"there is no template {id}");
    }

    [Fact]
    public async Task An_id_is_not_given_twice()
    {
        const string body = """{"name":"Free","channels":[{"sid":"email","fields":{"subject":"x","text":"x"}}]}""";
        var first = await AddAsync(body);
        await _app.PostAsync("templates/delete", new JsonObject { ["id"] = first });

        (await AddAsync(body)).ShouldBe(first + 1);
    }

    [Theory]
    [InlineData("""{"ui_tags":["listed"]}""", "0,1,2", 3)]
    [InlineData("""{"ui_tags":["listed","even"]}""", "0,2", 2)]
    [InlineData("""{"ui_tags":"listed","from_id":FIRST1}""", "1,2", 3)]
    [InlineData("""{"ui_tags":["listed"],"limit":"2"}""", "0,1", 3)]
    [InlineData("""{"ui_tags":["listed"],"channel":"email"}""", "0,1,2", 3)]
    [InlineData("""{"ui_tags":["listed"],"channel":"sms"}""", "", 0)]
    [InlineData("""{"ui_tags":["nothing"]}""", "", 0)]
    public async Task The_list_is_filtered_and_paged(string body, string expected, int total)
    {
        List<int> ids = [];
        for (var i = 0; i < 3; i++)
            ids.Add(await AddAsync($$$"""{"name":"T{{{i}}}","ui_tags":["listed"{{{(i % 2 == 0 ? ",\"even\"" : "")}}}],"channels":[{"sid":"email","fields":{"subject":"x","text":"x"}}]}"""));

        var answer = await _app.PostAsync("templates/list", Requests.Json(body.Replace("FIRST1", ids[1].ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)));

        string.Join(",", answer.Json["data"]!.AsArray().Select(item => ids.IndexOf((int)item!["id"]!))).ShouldBe(expected);
        ((int)answer.Json["total_count"]!).ShouldBe(total);
    }

    [Fact]
    public async Task A_list_by_access_groups_is_refused() =>
        (await _app.PostAsync("templates/list", Requests.Json("""{"groups":[1]}"""))).ErrorText.ShouldStartWith("Parameter 'groups' is not supported: there are no access groups");

    [Fact]
    public async Task Only_the_channels_asked_for_are_shown() =>
        (await _app.PostAsync("templates/get", Requests.Json("""{"id":5,"channel_sid":["sms"]}"""))).Json["data"]!["channels"]!.AsArray().ShouldBeEmpty();

    private async Task<int> AddAsync(string body)
    {
        var answer = await _app.PostAsync("templates/add", Requests.Json(body));
        answer.Error.ShouldBe(0, answer.Text);
        return (int)answer.Json["data"]!["saved_id"]!;
    }

    private Task<Answer> UpdateAsync(string body) => _app.PostAsync("templates/update", Requests.Json(body));

    private async Task<JsonNode> GetAsync(int id) => (await _app.PostAsync("templates/get", new JsonObject { ["id"] = id })).Json["data"]!;
}
