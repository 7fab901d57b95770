using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Profiles;

public sealed class ImportTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Given_fields_overwrite_absent_ones_stay_and_null_clears()
    {
        var made = await ImportAsync("""{"email":"Ann@EXAMPLE.com","_fname":"Ann","_lname":"Lee","age":30,"address":{"city":"Oslo","zip":"1"}}""");
        var again = await ImportAsync("""{"email":"ann@example.com","_fname":"Anna","_lname":null,"address":{"city":"Rome"}}""");

        again.ProfileId.ShouldBe(made.ProfileId);
        var profile = await ReadAsync("ann@example.com");
        ((string)profile["_fname"]!, profile["_lname"], (int)profile["age"]!).ShouldBe(("Anna", null, 30));
        profile["address"]!.ToJsonString().ShouldBe("""{"city":"Rome"}""");
        (await _app.CountAsync("profiles")).ShouldBe(1);
    }

    [Theory]
    [InlineData("age", "\"84\"", "84")]
    [InlineData("age", "-1", "-1")]
    [InlineData("rating", "\"1.50\"", "1.5")]
    [InlineData("rating", "3", "3")]
    [InlineData("member", "\"TRUE\"", "true")]
    [InlineData("member", "0", "false")]
    [InlineData("custom_field", "84", "\"84\"")]
    [InlineData("custom_field", "\"\"", "\"\"")]
    [InlineData("joined", "\"2001-12-31\"", "\"2001-12-31\"")]
    [InlineData("joined", "\"2001-12-31T00:00+03:00\"", "\"2001-12-30T21:00:00.000Z\"")]
    [InlineData("interests", "\"tag-1, tag-2,,tag-1\"", "[\"tag-1\",\"tag-2\"]")]
    [InlineData("interests", "[\" a \",\"b, c\",7]", "[\"a\",\"b\",\"c\",\"7\"]")]
    [InlineData("address", "{\"a\":{\"b\":[1]}}", "{\"a\":{\"b\":[1]}}")]
    [InlineData("orders", "{\"n\":1}", "[{\"n\":1}]")]
    [InlineData("orders", "[]", "[]")]
    [InlineData("_sex", "\"female\"", "2")]
    [InlineData("_status", "\"suspended\"", "5")]
    [InlineData("_regip", "\"10.0.0.1\"", "\"10.0.0.1\"")]
    [InlineData("_tz", "\"UTC\"", "\"UTC\"")]
    [InlineData("phones", "\"+7 (900) 000-00-27\"", "[\"\\u002B79000000027\"]")]
    [InlineData("phones", "[\"0047 12345\",\"+4712345\"]", "[\"\\u002B4712345\"]")]
    public async Task A_value_is_stored_in_the_form_of_its_field(string field, string given, string stored)
    {
        (await ImportAsync($$"""{"email":"a@example.com","{{field}}":{{given}}}""")).Error.ShouldBe(0);
        (await ReadAsync("a@example.com"))[field]!.ToJsonString().ShouldBe(stored);
    }

    [Theory]
    [InlineData("age", "1.5", "int", "1.5")]
    [InlineData("age", "\"x\"", "int", "\"x\"")]
    [InlineData("age", "9223372036854775808", "int", "9223372036854775808")]
    [InlineData("rating", "\"NaN\"", "float", "\"NaN\"")]
    [InlineData("member", "\"yes\"", "bool", "\"yes\"")]
    [InlineData("joined", "\"31.12.2001\"", "a date (RFC 3339)", "\"31.12.2001\"")]
    [InlineData("interests", "[[1]]", "tags (an array of strings)", "[[1]]")]
    [InlineData("interests", "{}", "tags (an array of strings)", "{}")]
    [InlineData("address", "[]", "an object", "[]")]
    [InlineData("orders", "[1]", "an array of objects", "[1]")]
    [InlineData("custom_field", "{\"a\":1}", "string", "{\"a\":1}")]
    [InlineData("email", "\"no address\"", "an e-mail address", "\"no address\"")]
    [InlineData("phones", "[\"123\"]", "an array of phone numbers", "[\"123\"]")]
    [InlineData("phones", "[null]", "an array of phone numbers", "[null]")]
    [InlineData("_sex", "3", "a gender (0, 1, 2, male, female)", "3")]
    [InlineData("_status", "7", "a status (0 to 6 or its word)", "7")]
    [InlineData("_ip", "\"300.1.1.1\"", "an IP address", "\"300.1.1.1\"")]
    [InlineData("_tz", "\"../../etc/passwd\"", "an IANA time zone like Europe/Moscow", "\"../../etc/passwd\"")]
    public async Task A_wrong_value_is_named_with_its_field_and_type(string field, string given, string type, string shown)
    {
        var answer = await ImportAsync($$"""{"{{field}}":{{given}}}""", """ "email":"a@example.com", """);
        (answer.Error, answer.ErrorText).ShouldBe((400, $"Field '{field}' is {type}, but the value is {shown}"));
        (await _app.CountAsync("profiles")).ShouldBe(0);
    }

    [Theory]
    [InlineData("\"a\\u0000b\"")]
    [InlineData("\"LONG\"")]
    public async Task A_value_that_no_lookup_can_hold_is_refused_in_a_matchable_field(string given)
    {
        given = given.Replace("LONG", new string('x', 513), StringComparison.Ordinal);
        (await ImportAsync($$"""{"email":"a@example.com","CRM_ID":{{given}}}""")).ErrorText.ShouldStartWith("Field 'CRM_ID' can be matched on");
        (await ImportAsync($$"""{"email":"a@example.com","custom_field":{{given}}}""")).Error.ShouldBe(0);
    }

    [Fact]
    public async Task Unknown_fields_are_left_out_and_told_in_the_history()
    {
        var made = await ImportAsync("""{"email":"a@example.com","colour":"red","_createtime":"2000-01-01","id":"x"}""");

        (await ReadAsync("a@example.com"))["colour"].ShouldBeNull();
        var told = (await _app.Services.GetRequiredService<EventStore>().ReadAsync(made.ProfileId, CancellationToken.None)).ShouldHaveSingleItem();
        told.Document.ShouldBe("""{"created":true,"trace":["field 'colour' is not a field of database 1 and was left out"]}""");
    }

    [Fact]
    public async Task A_strict_database_refuses_unknown_fields()
    {
        var answer = await ImportAsync("""{"email":"a@example.com","known":"x","colour":"red"}""", database: 2);
        (answer.Error, answer.ErrorText).ShouldBe((400, "Field 'colour' is not a field of database 2"));
        (await ImportAsync("""{"email":"a@example.com","known":"x","_md5":"left out"}""", database: 2)).Error.ShouldBe(0);
    }

    [Fact]
    public async Task Thousands_of_unknown_fields_do_not_fill_the_history()
    {
        var data = new JsonObject { ["email"] = "a@example.com" };
        for (var i = 0; i < 5000; i++) data["f" + i] = 1;
        var made = await _app.PostAsync("profiles/import", new JsonObject { ["db_id"] = 1, ["data"] = data });
        var told = (await _app.Services.GetRequiredService<EventStore>().ReadAsync(made.ProfileId, CancellationToken.None)).ShouldHaveSingleItem();
        told.Document.ShouldContain("and 4900 more remarks");
        told.Document.Length.ShouldBeLessThan(10_000);
    }

    [Theory]
    [InlineData("email", "\"a@example.com\"", "the email a@example.com")]
    [InlineData("CRM_ID", "\"C1\"", "the unique field CRM_ID = C1")]
    public async Task A_unique_value_of_another_profile_is_a_clash_and_nothing_changes(string field, string value, string shown)
    {
        await ImportAsync("""{"email":"a@example.com","CRM_ID":"C1"}""");
        await ImportAsync("""{"email":"b@example.com","_fname":"Ben"}""");

        var answer = await ImportAsync($$"""{"_fname":"Changed","{{field}}":{{value}}}""", """ "matching":"email","email":"b@example.com", """);

        (answer.Error, answer.ErrorText).ShouldBe((409, $"Another profile of database 1 has {shown}"));
        ((string)(await ReadAsync("b@example.com"))["_fname"]!).ShouldBe("Ben");
        (await _app.CountAsync("profiles")).ShouldBe(2);
    }

    [Fact]
    public async Task A_value_that_was_given_up_may_be_taken()
    {
        await ImportAsync("""{"email":"a@example.com","CRM_ID":"C1"}""");
        await ImportAsync("""{"email":"a@example.com","CRM_ID":null}""");
        (await ImportAsync("""{"email":"b@example.com","CRM_ID":"C1"}""")).Error.ShouldBe(0);
        await ContactTable.ShouldBeExactAsync(_app);
    }

    [Fact]
    public async Task Sixty_four_imports_of_one_new_address_at_once_make_one_profile()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(number => ImportAsync($$"""{"email":"new@example.com","age":{{number}}}""")));

        answers.ShouldAllBe(answer => answer.Error == 0);
        answers.Select(answer => answer.ProfileId).Distinct().ShouldHaveSingleItem();
        (await _app.CountAsync("profiles")).ShouldBe(1);
        (await _app.CountAsync("contacts")).ShouldBe(1);
    }

    [Fact]
    public async Task Sixty_four_imports_of_one_unique_value_under_different_addresses_leave_it_to_one()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(number => ImportAsync($$"""{"email":"p{{number}}@example.com","CRM_ID":"same"}""")));

        answers.Count(answer => answer.Error == 0).ShouldBe(1);
        answers.Count(answer => answer.Error == 409).ShouldBe(63);
        (await _app.CountAsync("profiles")).ShouldBe(1);
        (await _app.CountAsync("contacts")).ShouldBe(2);
    }

    [Fact]
    public async Task Sixty_four_imports_that_match_by_the_unique_value_all_come_to_one_profile()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(number =>
            ImportAsync($$"""{"email":"p{{number}}@example.com","CRM_ID":"same"}""", """ "matching":"custom","field_name":"CRM_ID", """)));

        answers.ShouldAllBe(answer => answer.Error == 0);
        (await _app.CountAsync("profiles")).ShouldBe(1);
        // The last address, and the unique value.
        (await _app.CountAsync("contacts")).ShouldBe(2);
        await ContactTable.ShouldBeExactAsync(_app);
    }

    [Fact]
    public async Task Any_script_and_a_large_profile_come_back_as_they_went_in()
    {
        var text = "Ж日本\uD83D\uDE00\u2028\"\\\r\n\t<&>" + new string('я', 200_000);
        var orders = new JsonArray([.. Enumerable.Range(0, 20_000).Select(number => (JsonNode)new JsonObject { ["n"] = number })]);
        (await _app.PostAsync("profiles/import", new JsonObject { ["db_id"] = 1, ["data"] = new JsonObject { ["email"] = "почта@пример.рф", ["_fname"] = text, ["orders"] = orders } })).Error.ShouldBe(0);

        var profile = await ReadAsync("ПОЧТА@xn--e1afmkfd.xn--p1ai");
        ((string)profile["_fname"]!).ShouldBe(text);
        profile["orders"]!.AsArray().Count.ShouldBe(20_000);
        ((string)profile["email"]!).ShouldBe("почта@xn--e1afmkfd.xn--p1ai");
    }

    [Theory]
    [InlineData("""{"db_id":7,"data":{}}""", 404, "There is no database 7")]
    [InlineData("""{"data":{}}""", 400, "Parameter 'db_id' is required")]
    [InlineData("""{"db_id":1}""", 400, "Parameter 'data' is required")]
    [InlineData("""{"db_id":1,"data":{"_fname":"x"}}""", 400, "Parameter 'email' is required to match by email")]
    [InlineData("""{"db_id":1,"data":{},"add_to_segments":[1]}""", 400, "Parameter 'add_to_segments' names static segments, which this server does not have yet")]
    public async Task What_is_missing_is_named(string body, int error, string text)
    {
        var answer = await _app.PostAsync("profiles/import", JsonNode.Parse(body)!.AsObject());
        (answer.Error, answer.ErrorText).ShouldBe((error, text));
    }

    [Fact]
    public async Task An_update_never_creates()
    {
        var answer = await _app.PostAsync("profiles/update", JsonNode.Parse("""{"db_id":1,"data":{"email":"a@example.com"}}""")!.AsObject());
        (answer.Error, answer.ErrorText).ShouldBe((404, "No profile of database 1 matches email a@example.com"));
        await ImportAsync("""{"email":"a@example.com"}""");
        (await _app.PostAsync("profiles/update", JsonNode.Parse("""{"db_id":1,"data":{"email":"a@example.com","_fname":"A"}}""")!.AsObject())).Error.ShouldBe(0);
        ((string)(await ReadAsync("a@example.com"))["_fname"]!).ShouldBe("A");
    }

    private Task<Answer> ImportAsync(string data, string root = "", int database = 1) =>
        _app.PostAsync("profiles/import", JsonNode.Parse($$"""{ {{root}} "db_id":{{database}},"data":{{data}} }""")!.AsObject());

    private Task<JsonObject> ReadAsync(string email) => _app.ProfileAsync("email", "email", email);
}
