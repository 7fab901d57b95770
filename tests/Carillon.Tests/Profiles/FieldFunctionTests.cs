using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Tests.Harness;
using Carillon.Workspace;

namespace Carillon.Tests.Profiles;

/// <summary>Values like <c>{"action": "incr", "value": 1}</c>, which change what a field holds.</summary>
public sealed class FieldFunctionTests : IAsyncLifetime
{
    private CarillonApp _app = null!;

    public async Task InitializeAsync() => _app = await CarillonApp.StartAsync();

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Theory]
    // field, stored, given, then (null: the field is gone)
    [InlineData("age", "5", """{"action":"incr","value":3}""", "8")]
    [InlineData("age", "5", """{"action":"incr","value":"-7"}""", "-2")]
    [InlineData("age", null, """{"action":"incr","value":3}""", "3")]
    [InlineData("rating", "1.5", """{"action":"incr","value":-0.25}""", "1.25")]
    [InlineData("age", "5", """{"action":"set","value":"7"}""", "7")]
    [InlineData("age", "5", """{"action":"unset"}""", null)]
    [InlineData("_fname", "\"Ann\"", """{"action":"unset"}""", null)]
    [InlineData("_fname", "\"Ann\"", """{"action":"set","value":"Bea"}""", "\"Bea\"")]
    [InlineData("interests", """["tea"]""", """{"action":"add","value":["coffee","tea"]}""", """["tea","coffee"]""")]
    [InlineData("interests", null, """{"action":"add","value":"coffee, milk"}""", """["coffee","milk"]""")]
    [InlineData("interests", """["tea","coffee"]""", """{"action":"delete","value":["tea","milk"]}""", """["coffee"]""")]
    [InlineData("interests", """["tea"]""", """{"action":"delete","value":"tea"}""", null)]
    [InlineData("orders", """[{"id":1}]""", """{"action":"add","value":[{"id":2},{"id":1}]}""", """[{"id":1},{"id":2}]""")]
    [InlineData("orders", """[{"id":1,"sum":5},{"id":2}]""", """{"action":"delete","value":{"sum":5,"id":1}}""", """[{"id":2}]""")]
    [InlineData("address", """{"city":"Lisbon"}""", """{"action":"upsert","submatch":"street.name","value":"Augusta"}""", """{"city":"Lisbon","street":{"name":"Augusta"}}""")]
    [InlineData("address", null, """{"action":"upsert","submatch":"city","value":"Porto"}""", """{"city":"Porto"}""")]
    [InlineData("address", """{"city":"Lisbon","zip":1}""", """{"action":"upsert","submatch":"zip"}""", """{"city":"Lisbon"}""")]
    [InlineData("orders", """[{"id":1,"paid":false},{"id":2}]""", """{"action":"upsert","submatch":"paid","value":{"paid":true,"by":"card"}}""", """[{"id":1,"paid":true,"by":"card"},{"id":2}]""")]
    [InlineData("orders", """[{"id":1,"paid":false},{"id":2}]""", """{"action":"upsert","submatch":"paid","value":true}""", """[{"id":1,"paid":true},{"id":2}]""")]
    // In a field of objects, what is not quite a function is a value.
    [InlineData("address", null, """{"action":"run","value":1}""", """{"action":"run","value":1}""")]
    [InlineData("address", null, """{"action":"add","street":1}""", """{"action":"add","street":1}""")]
    public async Task A_function_changes_what_is_stored(string field, string? stored, string given, string? then)
    {
        await _app.ImportAsync("a@example.com", stored is null ? "{}" : $$"""{"{{field}}":{{stored}}}""");

        var answer = await _app.PostAsync("profiles/update", new JsonObject { ["db_id"] = 1, ["data"] = new JsonObject { ["email"] = "a@example.com", [field] = JsonNode.Parse(given) } });

        answer.Error.ShouldBe(0, answer.Text);
        (await _app.ProfileAsync("email", "email", "a@example.com"))[field]?.ToJsonString().ShouldBe(then);
        if (then is null) (await _app.ProfileAsync("email", "email", "a@example.com"))[field].ShouldBeNull();
    }

    [Theory]
    [InlineData("age", """{"action":"incr","value":"x"}""", "Field 'age': the function 'incr' needs a value that is a whole number")]
    [InlineData("age", """{"action":"incr","value":0.5}""", "Field 'age': the function 'incr' needs a value that is a whole number")]
    [InlineData("age", """{"action":"incr"}""", "Field 'age': the function 'incr' needs a value that is a whole number")]
    [InlineData("age", """{"action":"incr","value":9223372036854775807}""", "Field 'age': 5 and 9223372036854775807 together are out of range")]
    [InlineData("age", """{"action":"add","value":["x"]}""", "Field 'age': the function 'add' does not go with the field's type, int")]
    [InlineData("age", """{"action":"explode","value":1}""", "Field 'age': 'explode' is not a function; known are set, unset, incr, add, delete, upsert")]
    [InlineData("age", """{"action":"set","value":"x"}""", "Field 'age' is int, but the value is \"x\"")]
    [InlineData("custom_field", """{"action":"incr","value":1}""", "Field 'custom_field': the function 'incr' does not go with the field's type, string")]
    [InlineData("interests", """{"action":"add","value":[{}]}""", "Field 'interests': the function 'add' needs a value that is an array of strings")]
    [InlineData("orders", """{"action":"add","value":["x"]}""", "Field 'orders': the function 'add' needs a value that is an array of objects")]
    [InlineData("address", """{"action":"upsert","value":1}""", "Field 'address': the function 'upsert' needs 'submatch', the path of a property like \"a.b\" with at most 16 steps")]
    [InlineData("address", """{"action":"upsert","submatch":"a..b","value":1}""", "Field 'address': the function 'upsert' needs 'submatch', the path of a property like \"a.b\" with at most 16 steps")]
    [InlineData("CRM_ID", """{"action":"upsert","submatch":"a","value":1}""", "Field 'CRM_ID': the function 'upsert' does not go with the field's type, string")]
    [InlineData("_fname", """{"action":"incr","value":1}""", "Field '_fname' is a system field: of the functions only 'set' and 'unset' go with it")]
    [InlineData("email", """{"action":"unset"}""", "Field 'email' cannot be unset")]
    public async Task A_function_that_does_not_go_is_refused_and_names_the_field(string field, string given, string error)
    {
        var id = await _app.ImportAsync("a@example.com", """{"age":5,"_lname":"Gray"}""");

        var answer = await _app.PostAsync("profiles/update", new JsonObject
        {
            ["db_id"] = 1, ["matching"] = "profile_id", ["profile_id"] = id, ["data"] = new JsonObject { ["_lname"] = "Green", [field] = JsonNode.Parse(given) },
        });

        (answer.Error, answer.ErrorText).ShouldBe((400, error));
        (await _app.ProfileAsync("profile_id", "profile_id", id))["_lname"]!.GetValue<string>().ShouldBe("Gray");
    }

    [Fact]
    public async Task Sixty_four_at_once_all_count()
    {
        await _app.ImportAsync("a@example.com");
        var body = """{"db_id":1,"data":{"email":"a@example.com","age":{"action":"incr","value":1},"interests":{"action":"add","value":["t0"]}}}""";

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => _app.PostAsync("profiles/update", Requests.Json(body.Replace("t0", $"t{i}", StringComparison.Ordinal)))));

        answers.ShouldAllBe(answer => answer.Error == 0);
        var profile = await _app.ProfileAsync("email", "email", "a@example.com");
        profile["age"]!.GetValue<long>().ShouldBe(64);
        profile["interests"]!.AsArray().Count.ShouldBe(64);
    }

    [Fact]
    public async Task Functions_work_in_xml_and_while_launching_and_while_creating()
    {
        var xml = $"""
            <xml><token>{CarillonApp.Token}</token><trigger_id>96</trigger_id><data><email>a@example.com</email>
            <age><action>incr</action><value>2</value></age><interests><action>add</action><value>tea</value><value>milk</value></interests>
            <subscriptions><email>a@example.com</email><resource_id>21</resource_id></subscriptions></data></xml>
            """;
        for (var i = 0; i < 2; i++) (await _app.PostXmlAsync("campaigns/triggers/import_and_start", xml)).Text.ShouldContain("<error>0</error>");
        var profile = await _app.ProfileAsync("email", "email", "a@example.com");
        profile["age"]!.GetValue<long>().ShouldBe(4);
        profile["interests"]!.ToJsonString().ShouldBe("""["tea","milk"]""");
    }

    [Fact]
    public async Task The_key_may_stand_in_a_set_and_tags_that_were_added_are_found()
    {
        var answer = await _app.PostAsync("profiles/import", Requests.Json("""{"db_id":1,"data":{"email":{"action":"set","value":"A@example.com"},"interests":{"action":"add","value":["tea"]}}}"""));
        answer.Error.ShouldBe(0, answer.Text);
        (await _app.PostAsync("profiles/get", Requests.Json("""{"db_id":1,"matching":"custom","field_name":"interests","field_value":"tea"}"""))).Json["data"]!["email"]!.GetValue<string>().ShouldBe("a@example.com");
    }

    [Fact]
    public void A_field_cannot_grow_without_end_in_length_or_depth()
    {
        var tags = new Field("tags", FieldType.Tags);
        var (add, _) = FieldFunction.Read(tags, new JsonObject { ["action"] = "add", ["value"] = "one more" });
        add!.Apply(new JsonArray([.. Enumerable.Range(0, FieldFunction.MaxItems).Select(i => (JsonNode)$"{i}")])).Refusal!.Text.ShouldBe("Field 'tags': it would hold more than 10000 items");

        var box = new Field("box", FieldType.Object);
        JsonNode deep = new JsonObject();
        for (var i = 0; i < 58; i++) deep = new JsonObject { ["a"] = deep };
        var (put, _) = FieldFunction.Read(box, new JsonObject { ["action"] = "upsert", ["submatch"] = "a.b.c", ["value"] = deep });
        put!.Apply(null).Refusal!.Text.ShouldBe("Field 'box': it would be nested deeper than 60");
        var (fits, _) = FieldFunction.Read(box, new JsonObject { ["action"] = "upsert", ["submatch"] = "a", ["value"] = deep.DeepClone() });
        fits!.Apply(null).Refusal.ShouldBeNull();
    }
}
