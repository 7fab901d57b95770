using System.Text.Json.Nodes;
using System.Xml.Linq;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Profiles;

/// <summary>The calls that only read: a profile, databases, fields, resources.</summary>
public sealed class ReadCallsTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task A_profile_is_shown_with_containers_in_both_formats()
    {
        var made = await _app.PostAsync("profiles/import", JsonNode.Parse("""
            {"db_id":1,"data":{"email":"a@example.com","phones":["+4712345"],"address":{"":"odd","a b":1},"subscriptions":[{"resource_id":21,"email":"s@example.com","custom_fields":{"x":1}}]}}
            """)!.AsObject());
        var json = await _app.ProfileAsync("email", "email", "a@example.com");
        (await _app.PostXmlAsync("profiles/get", $"<xml><token>{CarillonApp.Token}</token><db_id>1</db_id><email>a@example.com</email></xml>")).Text.ShouldSatisfyAllConditions(
            text => text.ShouldContain("<address><_>odd</_><a_x0020_b>1</a_x0020_b></address>"),
            text => XElement.Parse(text).Element("data")!.Element("phones")!.Attribute("array")!.Value.ShouldBe("true"),
            text => XElement.Parse(text).Element("data")!.Element("subscriptions")!.Element("email_data")!.Element("email")!.Value.ShouldBe("s@example.com"));

        ((string)json["id"]!, (int)json["db_id"]!, (int)json["_status"]!, (string)json["_emaildomain"]!).ShouldBe((made.ProfileId, 1, 0, "example.com"));
        ((string)json["_md5"]!).ShouldBe(Md5("a@example.com"));
        var subscription = json["subscriptions"]!.AsArray().ShouldHaveSingleItem()!;
        subscription["email_data"]!.ToJsonString().ShouldBe($$"""{"email":"s@example.com","md5":"{{Md5("s@example.com")}}","domain":"example.com"}""");
        ((string)subscription["status"]!, (bool)subscription["is_delete"]!).ShouldBe(("subscribed", false));
        ((string)subscription["hash_id"]!).ShouldMatch("^[0-9a-f]{8}$");
    }

    [Theory]
    [InlineData("{}", new[] { 21, 22 }, 23)]
    [InlineData("""{"limit":1}""", new[] { 21 }, 22)]
    [InlineData("""{"limit":"1","from_id":"22"}""", new[] { 22 }, 23)]
    [InlineData("""{"from_id":23}""", new int[0], 23)]
    public async Task Resources_come_in_pages(string body, int[] ids, int next)
    {
        var answer = await _app.PostAsync("resources/list", JsonNode.Parse(body)!.AsObject());
        answer.Json["data"]!.AsArray().Select(item => (int)item!["id"]!).ShouldBe(ids);
        ((int)answer.Json["next_from_id"]!, (int)answer.Json["total_count"]!).ShouldBe((next, 2));
    }

    [Theory]
    [InlineData("0", 2)]
    [InlineData("1", 1)]
    [InlineData("1001", 2)]
    public async Task A_limit_of_none_or_too_many_lists_as_many_as_there_may_be(string limit, int listed) =>
        (await _app.PostAsync("resources/list", new JsonObject { ["limit"] = limit })).Json["data"]!.AsArray().Count.ShouldBe(listed);

    [Fact]
    public async Task A_limit_is_not_negative() =>
        (await _app.PostAsync("resources/list", new JsonObject { ["limit"] = "-1" })).ErrorText.ShouldBe("Parameter 'limit' must not be negative");

    [Fact]
    public async Task A_database_and_a_resource_are_shown_by_their_ids()
    {
        (await _app.PostAsync("databases/get", new JsonObject { ["id"] = "2" })).Json["data"]!.ToJsonString().ShouldBe("""{"description":"","id":2,"name":"Strict","suppress_id":0}""");
        (await _app.PostAsync("resources/get", new JsonObject { ["id"] = 21 })).Json["data"]!.ToJsonString()
            .ShouldBe("""{"channels":["email"],"dbs_ids":[1,2],"id":21,"name":"Shop","trk_domain":"","url":""}""");
        (await _app.PostAsync("resources/get", new JsonObject { ["id"] = 7 })).ErrorText.ShouldBe("There is no resource 7");
        (await _app.PostAsync("databases/get", new JsonObject())).ErrorText.ShouldBe("Parameter 'id' is required");
    }

    [Fact]
    public async Task The_fields_of_a_database_are_the_systems_and_its_own()
    {
        var fields = (await _app.PostAsync("databases/fields_get", new JsonObject { ["id"] = 1 })).Json["data"]!.AsArray().ToDictionary(item => (string)item!["name"]!, item => item!);
        ((string)fields["CRM_ID"]["category"]!, (string)fields["CRM_ID"]["type"]!, (bool)fields["CRM_ID"]["unique"]!).ShouldBe(("custom", "string", true));
        ((string)fields["email"]["category"]!, (bool)fields["email"]["unique"]!, (bool)fields["interests"]["indexed"]!).ShouldBe(("system", true, true));
        fields.ShouldNotContainKey("known");
        (await _app.PostAsync("databases/fields_get", new JsonObject { ["id"] = 9 })).Error.ShouldBe(404);
    }

    private static string Md5(string text) =>
#pragma warning disable CA5351 // the documented format of this field
        Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5351
}
