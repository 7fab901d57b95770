using System.Text.Json.Nodes;
using Carillon.Wire;

namespace Carillon.Tests.Wire;

/// <summary>Lenient where the meaning is sure, and a sentence that names the parameter where it is not.</summary>
public sealed class FieldsTests
{
    [Theory]
    [InlineData("84", 84)]
    [InlineData("\"84\"", 84)]
    [InlineData("\" -84 \"", -84)]
    [InlineData("null", null)]
    [InlineData("2147483647", int.MaxValue)]
    public void A_number_may_be_text(string json, int? expected)
    {
        var fields = Read(json);
        fields.Int("x").ShouldBe(expected);
        fields.Error.ShouldBeNull();
    }

    [Theory]
    [InlineData("\"\"", "\"\"")]
    [InlineData("\"8 4\"", "\"8 4\"")]
    [InlineData("8.4", "8.4")]
    [InlineData("2147483648", "2147483648")]
    [InlineData("true", "true")]
    [InlineData("[1]", "an array")]
    [InlineData("{}", "an object")]
    public void What_is_no_whole_number_is_named(string json, string shown)
    {
        var fields = Read(json);
        fields.Int("x").ShouldBeNull();
        fields.Error!.ShouldBe(ApiError.Invalid($"Parameter 'x' must be a whole number, but is {shown}"));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("\"true\"", true)]
    [InlineData("\" TRUE \"", true)]
    [InlineData("1", true)]
    [InlineData("\"1\"", true)]
    [InlineData("false", false)]
    [InlineData("\"false\"", false)]
    [InlineData("0", false)]
    [InlineData("\"\"", false)]
    [InlineData("null", false)]
    public void A_bool_may_be_text_or_a_number(string json, bool expected)
    {
        var fields = Read(json);
        fields.Bool("x").ShouldBe(expected);
        fields.Error.ShouldBeNull();
    }

    [Theory]
    [InlineData("2")]
    [InlineData("\"yes\"")]
    [InlineData("[]")]
    public void What_is_no_bool_is_named(string json)
    {
        var fields = Read(json);
        fields.Bool("x").ShouldBeFalse();
        fields.Error!.Text.ShouldStartWith("Parameter 'x' must be true or false, but is ");
    }

    [Theory]
    [InlineData("2026-02-22T21:00:00Z", "2026-02-22T21:00:00.0000000Z")]
    [InlineData("2026-02-22T21:00:00.123Z", "2026-02-22T21:00:00.1230000Z")]
    [InlineData("2026-02-22T21:00:00.123456789Z", "2026-02-22T21:00:00.1234567Z")]
    [InlineData("2026-02-22T21:00:00+03:00", "2026-02-22T18:00:00.0000000Z")]
    [InlineData("2001-12-31T00:00+03:00", "2001-12-30T21:00:00.0000000Z")]
    [InlineData("2026-02-22T21:00:00", "2026-02-22T21:00:00.0000000Z")]
    [InlineData("2026-02-22 21:00:00", "2026-02-22T21:00:00.0000000Z")]
    [InlineData(" 2026-02-22 ", "2026-02-22T00:00:00.0000000Z")]
    public void A_moment_has_many_forms(string text, string expected)
    {
        var fields = Read($"\"{text}\"");
        fields.Moment("x")!.Value.UtcDateTime.ToString("O").ShouldBe(expected);
        fields.Error.ShouldBeNull();
    }

    [Theory]
    [InlineData("\"2026-02-30\"")]
    [InlineData("\"22.02.2026\"")]
    [InlineData("\"0001-01-01T00:00:00+03:00\"")]
    [InlineData("\"9999-12-31T23:59:59-03:00\"")]
    [InlineData("1700000000")]
    [InlineData("{}")]
    public void What_is_no_moment_is_named(string json)
    {
        var fields = Read(json);
        fields.Moment("x").ShouldBeNull();
        fields.Error!.Text.ShouldStartWith("Parameter 'x' must be a date like 2026-02-22T21:00:00Z, but is ");
    }

    [Theory]
    [InlineData("{\"a\":1}", "{\"a\":1}")]
    [InlineData("\"{\\\"a\\\":1}\"", "{\"a\":1}")]
    [InlineData("[]", "{}")]
    [InlineData("null", null)]
    public void An_object_may_be_json_in_a_text(string json, string? expected)
    {
        var fields = Read(json);
        fields.Object("x")?.ToJsonString().ShouldBe(expected);
        (fields.Object("x") is null).ShouldBe(expected is null);
        fields.Error.ShouldBeNull();
    }

    [Theory]
    [InlineData("\"{\\\"a\\\":\"", "Parameter 'x' must be an object: Invalid JSON at line 1, column 6: ")]
    [InlineData("\"[]\"", "Parameter 'x' must be an object: Invalid JSON at line 1, column 1: the body must be one object")]
    [InlineData("[1]", "Parameter 'x' must be an object, but is an array")]
    [InlineData("1", "Parameter 'x' must be an object, but is 1")]
    public void What_is_no_object_is_named(string json, string text)
    {
        var fields = Read(json);
        fields.Object("x").ShouldBeNull();
        fields.Error!.Text.ShouldStartWith(text);
    }

    [Fact]
    public void Json_in_a_text_counts_where_it_stands()
    {
        string Nested(int depth) => string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
        new Fields(new JsonObject { ["x"] = Nested(63) }).Object("x").ShouldNotBeNull();
        new Fields(new JsonObject { ["x"] = Nested(64) }).Object("x").ShouldBeNull();
        new Fields(new JsonObject { ["x"] = new JsonArray(new JsonObject { ["y"] = Nested(62) }) }).Objects("x")[0].Object("y").ShouldBeNull();
    }

    [Fact]
    public void One_item_stands_for_an_array_of_one()
    {
        Read("{\"a\":1}").Objects("x").ShouldHaveSingleItem().Int("a").ShouldBe(1);
        Read("5").Items("x").ShouldHaveSingleItem()!.GetValue<long>().ShouldBe(5);
        Read("null").Items("x").ShouldBeEmpty();
        Read("[]").Objects("x").ShouldBeEmpty();
    }

    [Fact]
    public void A_wrong_item_is_named_with_its_place_and_value()
    {
        var fields = Read("[{\"a\":1}, 7, \"text\"]");
        fields.Objects("x").Count.ShouldBe(1);
        fields.Error!.Text.ShouldBe("Parameter 'x[1]' must be an object, but is 7");
    }

    [Fact]
    public void An_inner_parameter_is_named_with_its_path_and_its_error_is_told_once_at_the_top()
    {
        var fields = Read("{\"list\":[{}, {\"n\":\"x\"}]}");
        var items = fields.Inner("x")!.Objects("list");
        items[0].RequiredText("name");
        items[1].Int("n");
        fields.Error!.Text.ShouldBe("Parameter 'x.list[0].name' is required");
        items[1].Error!.Text.ShouldBe("Parameter 'x.list[1].n' must be a whole number, but is \"x\"");
    }

    [Fact]
    public void A_long_value_is_cut_and_never_in_the_middle_of_a_character()
    {
        Carillon.Storage.ShortText.Cut(new string('a', 59) + "\uD83D\uDE00").ShouldBe(new string('a', 59) + "...");
        Carillon.Storage.ShortText.Cut(new string('a', 58) + "\uD83D\uDE00").ShouldBe(new string('a', 58) + "\uD83D\uDE00");
        var fields = new Fields(new JsonObject { ["x"] = new string('a', 100) });
        fields.Int("x");
        fields.Error!.Text.ShouldBe($"Parameter 'x' must be a whole number, but is \"{new string('a', 59)}...");
    }

    private static Fields Read(string json) => new(JsonInput.Read(System.Text.Encoding.UTF8.GetBytes($"{{\"x\":{json}}}")).Root!);
}
