using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Golden;

/// <summary>
/// The documented requests, letter for letter, against the real server, and the documented answers. Where an id is answered, the
/// documents show the one of their day; any 24 hex digits will do. One of them shows an empty text for success, which we
/// always name ("Successful operation").
/// </summary>
public sealed partial class GoldenTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData("import_and_start", "json")]
    [InlineData("import_and_start", "xml")]
    public async Task Import_and_start(string name, string format)
    {
        var answer = await SendAsync("campaigns/triggers/import_and_start", name, format);

        ShouldBeDocumented(answer, $"import_and_start.answer.{format}", format);
        var message = await _app.MessageAsync(answer);
        ((string)message["contact"]!).ShouldBe(format == "json" ? "example@example.com" : "testtriggers90@example.com");
        ((string)message["state"]!).ShouldBe("queued");
        (DateTimeOffset.Parse((string)message["run_at"]!) - DateTimeOffset.Parse((string)message["created"]!)).ShouldBe(TimeSpan.FromMinutes(5));
        var launch = await _app.LaunchAsync(answer);
        launch["custom_data"]!.ToJsonString().ShouldBe("""{"sending_time":"12:31:12"}""");
        launch["trace"]!.ToJsonString().ShouldContain("no location database is configured");

        _app.Advance(TimeSpan.FromMinutes(5));
        await _app.Sink.WaitForAsync(1);
        _app.Sink.Mails.ShouldHaveSingleItem().Header("Subject").ShouldBe(format == "json" ? "Hello Olly" : "Hello Garry");
    }

    [Theory]
    [InlineData("json")]
    [InlineData("xml")]
    public async Task Import_and_start_without_a_subscription_to_the_resource(string format)
    {
        var request = Read($"import_and_start.request.{format}").Replace("21", "22", StringComparison.Ordinal);

        var answer = await _app.SendAsync("campaigns/triggers/import_and_start", request, $"application/{format}");

        var documented = (JsonObject)JsonNode.Parse(Read("import_and_start_without_subscription.answer.json"))!;
        if (format == "json") JsonNode.DeepEquals(answer.Json, documented).ShouldBeTrue(answer.Text);
        else answer.Text.ShouldContain($"<error_text>{documented["error_text"]}</error_text>");
        (await _app.CountAsync("profiles")).ShouldBe(0);
    }

    [Theory]
    [InlineData("start", "json", "abcdefghijklmnqrstuvwxyz")]
    [InlineData("start", "xml", "abcdefghijklmnqrstuvwxyz")]
    [InlineData("start_with_files", "json", "6606e08f10bcdd88297057a7")]
    [InlineData("start_with_files", "xml", "6606e08f10bcdd88297057a7")]
    public async Task Start(string name, string format, string profileId)
    {
        await GivenProfileAsync(profileId);

        var answer = await SendAsync("campaigns/triggers/start/", name, format);

        ShouldBeDocumented(answer, $"start.answer.{format}", format);
        await _app.Sink.WaitForAsync(1);
        if (name != "start_with_files") return;
        var mail = _app.Sink.Mails.ShouldHaveSingleItem();
        mail.Header("Subject").ShouldBe("Hello Ann: New videos on your favorite channels");
        var text = System.Text.Encoding.UTF8.GetString(mail.Content);
        text.ShouldContain("filename*=utf-8''%E6%97%A5%E6%9C%AC.txt", Case.Insensitive);
        text.ShouldContain("US.txt");
        text.ShouldContain("<li>Channel A</li><li>Channel B</li>");
    }

    [Theory]
    [InlineData("json")]
    [InlineData("xml")]
    public async Task Start_for_everyone_whom_a_filter_finds(string format)
    {
        await GivenAsync("""{"email":"a@example.com","Custom_ID":"IpHicQquekzYkufl"}""", "a@example.com");
        await GivenAsync("""{"email":"b@example.com","Custom_ID":"SRNOwHVZiWFItJhr"}""", "b@example.com");
        await GivenAsync("""{"email":"c@example.com","Custom_ID":"another"}""", "c@example.com");

        var answer = await SendAsync("campaigns/triggers/start", "start_custom_request", format);

        ShouldBeDocumented(answer, $"start.answer.{format}", format);
        (await _app.LaunchAsync(answer))["messages"]!.AsArray().Select(message => (string)message!["contact"]!).ShouldBe(["a@example.com", "b@example.com"], ignoreOrder: true);
    }

    [Fact]
    public async Task The_article_starts_by_email()
    {
        await GivenAsync("""{"email":"zaycev@example.com"}""", "zaycev@example.com");
        ShouldBeDocumented(await SendAsync("campaigns/triggers/start", "article_start_by_email", "json"), "start.answer.json", "json");
    }

    [Fact]
    public async Task The_article_starts_by_a_field()
    {
        await GivenAsync("""{"email":"b@example.com","vk_id":123456}""", "b@example.com");
        ShouldBeDocumented(await SendAsync("campaigns/triggers/start", "article_start_by_field", "json"), "start.answer.json", "json");
    }

    [Theory]
    [InlineData("json")]
    [InlineData("xml")]
    public async Task Import_and_start_a_workflow(string format)
    {
        await _app.ApplyAsync(Repository.Read("tests/Carillon.Tests/Workflows/series.yaml"));

        var answer = await SendAsync("workflows/import_and_start", "workflow_import_and_start", format);

        ShouldBeDocumented(answer, $"workflow_import_and_start.answer.{format}", format);
        await _app.Sink.WaitForAsync(1);
        var mail = _app.Sink.Mails.ShouldHaveSingleItem();
        mail.To.ShouldBe("example001@example.com");
        mail.Header("Subject").ShouldBe("My email = example001@example.com");
        System.Text.Encoding.UTF8.GetString(mail.Content).ShouldContain("Timestamp: 1595512477 Three");
    }

    [Theory]
    [InlineData("/api/v1.1//databases/list")]
    [InlineData("/api/v1.1/databases/list/")]
    public async Task A_known_client_lists_databases_by_its_own_url(string url)
    {
        using var answer = await _app.Http.PostAsync(url, new StringContent($$"""{"token":"{{CarillonApp.Token}}","from_id":1,"limit":3}""", System.Text.Encoding.UTF8, "application/json"));
        var first = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["data"]![0]!;
        ((int)first["id"]!).ShouldBe(1);
        ((string)first["name"]!).ShouldBe("Customers");
        first["ui_tags"].ShouldBeOfType<JsonArray>();
        first["Groups"].ShouldBeOfType<JsonArray>();
    }

    /// <summary>It always sends both numbers, and looks at no error.</summary>
    [Theory]
    [InlineData("databases/list", 0)]
    [InlineData("databases/list", 5000)]
    [InlineData("resources/list", 0)]
    [InlineData("workflows/list", 5000)]
    public async Task A_limit_of_zero_or_too_many_lists_what_there_is(string method, int limit)
    {
        var answer = await _app.PostAsync(method, new JsonObject { ["from_id"] = 0, ["limit"] = limit });

        var every = await _app.PostAsync(method, new JsonObject());
        answer.Error.ShouldBe(0, answer.Text);
        JsonNode.DeepEquals(answer.Json["data"], every.Json["data"]).ShouldBeTrue(answer.Text);
    }

    [Theory]
    [InlineData("databases/list", """{"ui_tags":["shop"]}""")]
    [InlineData("databases/list", """{"groups":["shop"]}""")]
    [InlineData("resources/list", """{"groups_id":[7]}""")]
    public async Task A_list_narrowed_to_groups_and_labels_which_nothing_has_is_empty(string method, string body)
    {
        var answer = await _app.PostAsync(method, (JsonObject)JsonNode.Parse(body)!);

        answer.Error.ShouldBe(0, answer.Text);
        answer.Json["data"]!.AsArray().ShouldBeEmpty();
        ((int)answer.Json["total_count"]!).ShouldBe(0);
    }

    private static string Read(string file) => Repository.Read("tests/Carillon.Tests/Golden/pairs/" + file);

    private Task<Answer> SendAsync(string method, string name, string format) => _app.SendAsync(method, Read($"{name}.request.{format}"), $"application/{format}");

    private static void ShouldBeDocumented(Answer answer, string file, string format)
    {
        answer.Status.ShouldBe(200);
        answer.MediaType.ShouldBe($"application/{format}");
        var documented = Read(file);
        if (format == "json")
        {
            var wanted = (JsonObject)JsonNode.Parse(AnyId().Replace(documented, "(id)"))!;
            if ((string)wanted["error_text"]! == "") wanted["error_text"] = "Successful operation";
            JsonNode.DeepEquals(JsonNode.Parse(AnyId().Replace(answer.Text, "(id)")), wanted).ShouldBeTrue(answer.Text);
        }
        else
        {
            AnyId().Replace(answer.Text, "(id)").ShouldBe(AnyId().Replace(XElement.Parse(documented).ToString(SaveOptions.DisableFormatting).Replace(" />", "/>", StringComparison.Ordinal), "(id)"));
        }
    }

    private Task<Answer> GivenAsync(string data, string email)
    {
        var profile = (JsonObject)JsonNode.Parse(data)!;
        profile["_fname"] = "Ann";
        profile["subscriptions"] = new JsonArray(new JsonObject { ["channel"] = "email", ["email"] = email, ["resource_id"] = 21 });
        return _app.PostAsync("profiles/import", new JsonObject { ["db_id"] = 1, ["data"] = profile });
    }

    /// <summary>A profile with the id that a document names.</summary>
    private async Task GivenProfileAsync(string id)
    {
        var made = await GivenAsync("""{"email":"a@example.com"}""", "a@example.com");
        await _app.Database.WriteAsync(async session =>
        {
            await session.ExecuteAsync("UPDATE profiles SET id = @id, shard = @shard WHERE id = @made", CancellationToken.None,
                ("id", id), ("shard", _app.Database.ShardOfId(id)), ("made", made.ProfileId));
            await session.ExecuteAsync("UPDATE contacts SET profile_id = @id WHERE profile_id = @made", CancellationToken.None, ("id", id), ("made", made.ProfileId));
        }, CancellationToken.None);
    }

    [GeneratedRegex("[0-9a-f]{24}", RegexOptions.NonBacktracking)]
    private static partial Regex AnyId();
}
