using System.Text;
using System.Text.Json.Nodes;
using Carillon.Commands;
using Carillon.Profiles;
using Carillon.Tests.Harness;
using Carillon.Workspace;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Triggers;

/// <summary>The links of version 1.0.</summary>
public sealed class LinkTests : IAsyncLifetime
{
    private const string Email = "john@example.com";
    // The vectors of docs/compat.md.
    private const string Md5 = "d4c74594d841139328695756648b6bd6";
    private const string Xxh = "0d1cf76dbb341cda";

    private CarillonApp _app = null!;

    public async Task InitializeAsync() =>
        _app = await CarillonApp.StartAsync(yaml => yaml.Replace("    name: Customers\n", "    name: Customers\n    email_hashes: true\n", StringComparison.Ordinal), new Settings { PublicUrl = "https://trk.example.org/" });

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    [InlineData(Email)]
    [InlineData("John@EXAMPLE.com")]
    [InlineData(Md5)]
    [InlineData(Xxh)]
    [InlineData("0D1CF76DBB341CDA")]
    public async Task A_get_starts_the_trigger_for_whom_it_names(string who)
    {
        await _app.ImportAsync(Email, """{"_fname":"John"}""");

        var answer = await FollowAsync(HttpMethod.Get, await LinkAsync(96), who);

        (answer.MediaType, answer.Text).ShouldBe(("application/json", """{"data":null,"error":0,"error_text":"Successful operation"}"""));
        await _app.Sink.WaitForAsync(1);
        _app.Sink.Mails.ShouldHaveSingleItem().Header("Subject").ShouldBe("Hello John");
        ((string)(await _app.LaunchAsync(answer))["token"]!).ShouldBe("link");
    }

    [Fact]
    public void The_published_vectors_hold()
    {
        (EmailHash.Md5(Email), EmailHash.Xxh(Email)).ShouldBe((Md5, Xxh));
        var compat = Repository.Read("docs/compat.md");
        foreach (var email in new[] { Email, "zaycev@example.com", "user@xn--e1afmkfd.xn--p1ai" })
            compat.ShouldContain($"| `{email}` | `{EmailHash.Md5(email)}` | `{EmailHash.Xxh(email)}` |");
    }

    [Fact]
    public async Task The_profile_shows_the_hashes_that_a_link_takes()
    {
        await _app.ImportAsync("JOHN@Example.COM");
        var profile = await _app.ProfileAsync("email", "email", Email);
        ((string)profile["_md5"]!, (string)profile["_xxh"]!).ShouldBe((Md5, Xxh));
    }

    [Fact]
    public async Task A_link_is_48_hex_digits_below_the_public_url_and_is_shown_with_its_placeholder()
    {
        var shown = (string)(await _app.PostAsync("campaigns/triggers/get", Requests.Json("""{"id":96}"""))).Json["data"]!["call_url"]!;
        shown.ShouldMatch("^https://trk\\.example\\.org/trg/[0-9a-f]{48}/<email\\|md5\\|xxh>$");
        var xml = await _app.PostXmlAsync("campaigns/triggers/get", $"<xml><token>{CarillonApp.Token}</token><id>96</id></xml>");
        xml.Text.ShouldContain("/&lt;email|md5|xxh&gt;</call_url>");
        ((string)(await _app.PostAsync("campaigns/triggers/get", Requests.Json("""{"id":98}"""))).Json["data"]!["call_url"]!).ShouldBe("");
    }

    [Fact]
    public async Task A_link_lasts_over_a_restart_and_changes_with_the_database()
    {
        var link = await LinkAsync(96);
        await _app.RestartAsync();
        (await LinkAsync(96)).ShouldBe(link);
        await _app.ImportAsync(Email);

        (await _app.PostAsync("campaigns/triggers/update", Requests.Json("""{"id":96,"list_id":2}"""))).Error.ShouldBe(0);

        (await LinkAsync(96)).ShouldNotBe(link);
        (await FollowAsync(HttpMethod.Get, link, Email)).Error.ShouldBe(404);
    }

    [Fact]
    public async Task No_other_link_works()
    {
        await _app.ImportAsync(Email);
        var (link, other) = (await LinkAsync(96), await LinkAsync(84));
        string[] forged =
        [
            // another trigger's number before this one's proof, one digit changed, too short, too long, no hex
            other[..8] + link[8..], link[..^1] + (link[^1] == '0' ? '1' : '0'), link[..^2], link + "00", new string('0', 48), new string('z', 48), "96",
        ];
        foreach (var one in forged) (await FollowAsync(HttpMethod.Get, one, Email)).Error.ShouldBe(404, one);
        (await _app.CountAsync("launches")).ShouldBe(0);
    }

    [Theory]
    [InlineData("nobody@example.com", 404, "No profile of database 1 matches email nobody@example.com")]
    [InlineData("00000000000000000000000000000000", 404, "No profile of database 1 matches md5 00000000000000000000000000000000")]
    [InlineData("no hash", 400, "The link must end with an e-mail, its MD5 (32 hex digits) or its XXH64 (16 hex digits)")]
    [InlineData("@", 400, "Parameter 'email' is not an e-mail address")]
    public async Task Whom_nobody_is_is_told(string who, int error, string text)
    {
        await FilledAsync();
        var answer = await FollowAsync(HttpMethod.Get, await LinkAsync(96), who);
        (answer.Error, answer.ErrorText).ShouldBe((error, text));
    }

    [Fact]
    public async Task A_stopped_trigger_and_one_that_nobody_calls_are_told()
    {
        await _app.ImportAsync(Email);
        (await FollowAsync(HttpMethod.Get, await LinkAsync(97), Email)).ErrorText.ShouldBe("Trigger is not active");
    }

    [Fact]
    public async Task A_database_without_hashes_says_how_to_have_them()
    {
        var answer = await FollowAsync(HttpMethod.Get, await LinkAsync(await StrictAsync()), Xxh);
        answer.ErrorText.ShouldStartWith("Database 2 keeps no hashes of e-mails: set 'email_hashes: true'");
    }

    [Theory]
    [InlineData(0, "Ann", "Ann", "Ann")]
    [InlineData(0, null, "Jason", null)]
    [InlineData(0, "", "Jason", "")]
    [InlineData(1, "Ann", "Jason", "Ann")]
    [InlineData(1, null, "Jason", null)]
    [InlineData(2, "Ann", "Jason", "Jason")]
    [InlineData(2, null, "Jason", "Jason")]
    public async Task An_option_says_whether_a_field_is_shown_and_stored(int option, string? before, string shown, string? after)
    {
        await _app.ImportAsync(Email, before is null ? "{}" : $$"""{"_fname":"{{before}}"}""");

        var answer = await PostAsync($$"""{"fields":[{"name":"_fname","value":"Jason","option":{{option}}}]}""");

        answer.Error.ShouldBe(0, answer.Text);
        await _app.Sink.WaitForAsync(1);
        _app.Sink.Mails.ShouldHaveSingleItem().Header("Subject").ShouldBe($"Hello {shown}");
        ((string?)(await _app.ProfileAsync("email", "email", Email))["_fname"]).ShouldBe(after);
    }

    [Fact]
    public async Task Xml_is_read_and_answered()
    {
        await _app.ImportAsync(Email);
        var answer = await FollowAsync(HttpMethod.Post, await LinkAsync(96), Xxh, """
            <xml><token>2fefb577533d4cae919350c450755239</token><id>96</id><matching>profile_id</matching><profile_id>6606e08f10bcdd88297057a4</profile_id>
            <fields><name>_fname</name><value>Jason</value><option>1</option></fields><fields><name>Order</name><value>123abc456-78</value><option>1</option></fields></xml>
            """, "application/xml");

        (answer.MediaType, answer.Text).ShouldBe(("application/xml", "<xml><data/><error>0</error><error_text>Successful operation</error_text></xml>"));
        await _app.Sink.WaitForAsync(1);
        _app.Sink.Mails.ShouldHaveSingleItem().Header("Subject").ShouldBe("Hello Jason");
        (await _app.LaunchAsync(answer))["trace"]!.ToJsonString().ShouldContain("left out the field Order");
    }

    [Theory]
    [InlineData("""{"fields":[{"name":"age","value":"old","option":1}]}""", "Parameter 'fields[0].value': Field 'age' is int, but the value is \"old\"")]
    [InlineData("""{"fields":[{"name":"age","value":1,"option":3}]}""", "Parameter 'fields[0].option' must be 0, 1 or 2")]
    [InlineData("""{"fields":[{"value":1}]}""", "Parameter 'fields[0].name' is required")]
    [InlineData("""{"id":84}""", "Parameter 'id' is 84, but the link is of trigger 96")]
    public async Task A_wrong_field_is_refused_and_nothing_is_launched(string body, string text)
    {
        await _app.ImportAsync(Email);
        var answer = await PostAsync(body);
        (answer.Error, answer.ErrorText).ShouldBe((400, text));
        (await _app.CountAsync("launches")).ShouldBe(0);
    }

    [Fact]
    public async Task A_value_that_another_profile_owns_is_refused_with_the_launch()
    {
        await _app.ImportAsync("other@example.com", """{"CRM_ID":"7"}""");
        await _app.ImportAsync(Email);
        (await PostAsync("""{"fields":[{"name":"CRM_ID","value":"7","option":2}]}""")).Error.ShouldBe(409);
        (await _app.CountAsync("launches")).ShouldBe(0);
    }

    [Fact]
    public async Task Someone_without_a_subscription_is_told_as_by_start()
    {
        await _app.ImportAsync(Email, """{"subscriptions":[]}""");
        (await PostAsync("""{"fields":[{"name":"age","value":1,"option":2}]}""")).ErrorText.ShouldBe("No active subscriptions for trigger resource");
        (await _app.ProfileAsync("email", "email", Email))["age"].ShouldBeNull();
    }

    [Fact]
    public async Task A_repeated_request_id_launches_once()
    {
        await _app.ImportAsync(Email);
        var link = await LinkAsync(96);
        for (var i = 0; i < 3; i++) (await FollowAsync(HttpMethod.Get, link, Email, headers: ("Request-ID", "one"))).Error.ShouldBe(0);
        (await _app.CountAsync("launches")).ShouldBe(1);
    }

    [Fact]
    public async Task The_holder_of_another_link_has_request_ids_of_its_own()
    {
        await _app.ImportAsync(Email);
        foreach (var trigger in new[] { 96, 84 }) (await FollowAsync(HttpMethod.Get, await LinkAsync(trigger), Email, headers: ("Request-ID", "1"))).Error.ShouldBe(0);
        (await _app.CountAsync("launches")).ShouldBe(2);
    }

    [Fact]
    public async Task A_changed_email_is_found_by_its_new_hash_only()
    {
        var id = await _app.ImportAsync(Email);
        (await _app.PostAsync("profiles/update", new JsonObject { ["db_id"] = 1, ["matching"] = "profile_id", ["profile_id"] = id, ["data"] = new JsonObject { ["email"] = "new@example.com" } })).Error.ShouldBe(0);
        await FilledAsync();

        (await FollowAsync(HttpMethod.Get, await LinkAsync(96), Xxh)).Error.ShouldBe(404);
        (await FollowAsync(HttpMethod.Get, await LinkAsync(96), EmailHash.Xxh("new@example.com"))).Error.ShouldBe(0);
    }

    [Fact]
    public async Task Profiles_from_before_get_their_hashes()
    {
        await _app.DisposeAsync();
        _app = await CarillonApp.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => _app.ImportAsync($"a{i}@example.com")));

        var (waiting, filled) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var fill = _app.Services.GetRequiredService<FillEmailHashes>();
        fill.Waiting += _ => waiting.TrySetResult();
        fill.Filled += _ => filled.TrySetResult();

        await _app.ApplyAsync("databases: [{id: 1, name: Customers, email_hashes: true}]");
        await waiting.Task.WaitAsync(CarillonApp.SafetyNet);
        _app.Clock.Advance(2 * WorkspaceSource.Period);
        await filled.Task.WaitAsync(CarillonApp.SafetyNet);

        (await _app.CountAsync("contacts WHERE kind IN ('md5', 'xxh')")).ShouldBe(80);
        (await FollowAsync(HttpMethod.Get, await LinkAsync(96), EmailHash.Md5("a7@example.com"))).Error.ShouldBe(0);
    }

    [Fact]
    public async Task A_hash_that_was_left_behind_finds_nobody()
    {
        await FilledAsync();
        var id = await _app.ImportAsync(Email);
        await _app.ApplyAsync("databases: [{id: 1, name: Customers}]");
        await _app.PostAsync("profiles/update", new JsonObject { ["db_id"] = 1, ["matching"] = "profile_id", ["profile_id"] = id, ["data"] = new JsonObject { ["email"] = "new@example.com" } });
        await _app.ApplyAsync("databases: [{id: 1, name: Customers, email_hashes: true}]");

        (await FollowAsync(HttpMethod.Get, await LinkAsync(96), Xxh)).Error.ShouldBe(404);
    }

    private Task FilledAsync() => _app.Services.GetRequiredService<FillEmailHashes>().FillAsync(
        _app.Services.GetRequiredService<WorkspaceSource>().Current.Databases[1], CancellationToken.None);

    private async Task<int> StrictAsync()
    {
        var answer = await _app.PostAsync("campaigns/triggers/add",
            Requests.Json("""{"name":"Strict","trigger_type":"api_call","send_channel":"email","resource_id":21,"list_id":2,"is_active":true,"content":[{"message_id":5}]}"""));
        return (int)answer.Json["data"]!["saved_id"]!;
    }

    private async Task<string> LinkAsync(int trigger)
    {
        var url = (string)(await _app.PostAsync("campaigns/triggers/get", new JsonObject { ["id"] = trigger })).Json["data"]!["call_url"]!;
        return url.Split('/')[^2];
    }

    private async Task<Answer> PostAsync(string body) => await FollowAsync(HttpMethod.Post, await LinkAsync(96), Email, body, "application/json");

    private async Task<Answer> FollowAsync(HttpMethod method, string link, string who, string? body = null, string contentType = "application/json", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, $"/trg/{link}/{Uri.EscapeDataString(who)}");
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, contentType);
        // As a browser would: it prefers XML to JSON.
        request.Headers.TryAddWithoutValidation("Accept", body is null ? "text/html,application/xml;q=0.9,*/*;q=0.8" : "*/*");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _app.Http.SendAsync(request);
        return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Content.Headers.ContentType?.MediaType ?? "",
            response.Headers.ToDictionary(header => header.Key, header => header.Value.First(), StringComparer.OrdinalIgnoreCase));
    }
}
