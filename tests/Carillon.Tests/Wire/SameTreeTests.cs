using System.Security;
using System.Text;
using System.Text.Json.Nodes;
using Carillon.Wire;
using FsCheck;
using FsCheck.Fluent;

namespace Carillon.Tests.Wire;

/// <summary>An endpoint never learns whether it was called in JSON or in XML: both give the same tree, but for scalars, which XML knows as text only.</summary>
public sealed class SameTreeTests
{
    private static readonly Gen<JsonNode?> Scalar = Gen.Elements<Func<JsonNode?>>(
        () => null, () => JsonValue.Create("text"), () => JsonValue.Create(84), () => JsonValue.Create(true), () => JsonValue.Create(-1.5m), () => JsonValue.Create("a <b> & \"c\" 'd' ]]>"),
        () => JsonValue.Create("\u0416\uD83D\uDE00\u2028"), () => JsonValue.Create("line\nbreak\r\n and \ttab."), () => JsonValue.Create("{\"$in\":[1]}")).Select(make => make());

    private static readonly Gen<JsonObject> Tree = Gen.Sized(size => Members(Math.Min(size, 4)));

    private static Gen<JsonObject> Members(int depth) =>
        from names in Gen.SubListOf("a", "_fname", "data", "subscriptions", "CRM-ID", "имя", "array", "xml")
        from values in Gen.ListOf(Value(depth), names.Count)
        select new JsonObject(names.Zip(values, KeyValuePair.Create));

    private static Gen<JsonNode?> Value(int depth) => depth == 0 ? Scalar : Gen.OneOf(Scalar, Inner(depth - 1), Items(depth - 1));

    // XML has no element that is an object without members: it is null there.
    private static Gen<JsonNode?> Inner(int depth) => Members(depth).Select(JsonNode? (members) => members.Count == 0 ? null : members);

    private static Gen<JsonNode?> Items(int depth) =>
        from count in Gen.Choose(0, 3)
        from items in Gen.ListOf(Gen.OneOf(Scalar, Inner(depth)), count)
        select (JsonNode?)new JsonArray([.. count == 1 ? items.Where(item => item is not null) : items]);

    [Fact]
    public void The_same_request_in_json_and_in_xml_is_the_same_tree()
    {
        var (arrays, singles) = (0, 0);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(new Replay(new Rnd(41, 7), null)), Prop.ForAll(Tree.ToArbitrary(), tree =>
        {
            var json = JsonInput.Read(Encoding.UTF8.GetBytes(tree.ToJsonString())).Root;
            var text = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<xml>");
            foreach (var (name, value) in tree) Print(text, name, value);
            var xml = XmlInput.Read(Encoding.UTF8.GetBytes(text.Append("</xml>").ToString())).Root;

            json.ShouldNotBeNull();
            xml.ShouldNotBeNull(text.ToString());
            AsText(xml)!.ToJsonString().ShouldBe(AsText(json)!.ToJsonString());
            foreach (var (_, value) in tree)
            {
                if (value is JsonArray { Count: > 1 }) arrays++;
                else if (value is JsonArray { Count: 1 }) singles++;
            }
        }));
        arrays.ShouldBeGreaterThan(300);
        singles.ShouldBeGreaterThan(300);
    }

    [Fact]
    public void An_answer_in_xml_reads_like_the_one_in_json() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(new Replay(new Rnd(42, 7), null)), Prop.ForAll(Tree.ToArbitrary(), tree =>
        {
            var answer = new ApiAnswer { Members = tree };
            var json = JsonInput.Read(Written(answer, WireFormat.Json)).Root;
            var xml = XmlInput.Read(Written(answer, WireFormat.Xml)).Root;
            // An empty array and null are the same empty element in an answer.
            AsText(xml, emptyIsNull: true)!.ToJsonString().ShouldBe(AsText(json, emptyIsNull: true)!.ToJsonString());
        }));

    [Fact]
    public void A_value_with_control_characters_is_still_xml()
    {
        var answer = ApiAnswer.Ok(("a", "x\u0001y\uFFFFz\u000B"), ("b", "tab\t cr\r lf\n"));
        var xml = XmlInput.Read(Written(answer, WireFormat.Xml)).Root!;
        ((string)xml["a"]!).ShouldBe("x\uFFFDy\uFFFDz\uFFFD");
        ((string)xml["b"]!).ShouldBe("tab\t cr\r lf\n");
        ((string)JsonInput.Read(Written(answer, WireFormat.Json)).Root!["a"]!).ShouldBe("x\u0001y\uFFFFz\u000B");
    }

    [Theory]
    [InlineData("", "_")]
    [InlineData("1st", "_x0031_st")]
    [InlineData("a b", "a_x0020_b")]
    [InlineData("a:b", "a_x003A_b")]
    [InlineData("<x>", "_x003C_x_x003E_")]
    [InlineData("\u0001", "_x0001_")]
    [InlineData("имя", "имя")]
    public void A_key_that_is_no_xml_name_is_written_as_one(string key, string element) =>
        Encoding.UTF8.GetString(Written(ApiAnswer.Ok(("data", new JsonObject { [key] = 1, ["empty"] = "" })), WireFormat.Xml))
            .ShouldContain($"<data><{element}>1</{element}><empty/></data>");

    [Fact]
    public void Half_a_character_in_a_sentence_is_written_all_the_same()
    {
        foreach (var format in new[] { WireFormat.Json, WireFormat.Xml })
            Encoding.UTF8.GetString(Written(ApiError.Invalid("half \uD83D"), format)).ShouldContain("half");
    }

    [Fact]
    public void Members_of_the_root_stand_in_alphabetical_order() =>
        Encoding.UTF8.GetString(Written(ApiAnswer.Ok(("total_count", 1), ("data", null)), WireFormat.Json))
            .ShouldBe("""{"data":null,"error":0,"error_text":"Successful operation","total_count":1}""");

    private static byte[] Written(ApiAnswer answer, WireFormat format)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        AnswerWriter.Write(output, answer, format);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Prints as the documented requests do, without any of the product's code.</summary>
    private static void Print(StringBuilder text, string name, JsonNode? value, string attribute = "")
    {
        switch (value)
        {
            case JsonArray { Count: 0 }:
                text.Append($"<{name} array='true'/>");
                break;
            case JsonArray { Count: 1 } one:
                Print(text, name, one[0], " array = \"true\"");
                break;
            case JsonArray many:
                foreach (var item in many) Print(text, name, item);
                break;
            case JsonObject members:
                text.Append($"<{name}{attribute}>\n  ");
                foreach (var (key, member) in members) Print(text, key, member);
                text.Append($"</{name}>");
                break;
            case null:
                text.Append($"<{name}{attribute}/>");
                break;
            default:
                var scalar = value.GetValueKind() == System.Text.Json.JsonValueKind.String ? (string)value! : value.ToJsonString();
                text.Append($"<{name}{attribute}><!-- c -->{SecurityElement.Escape(scalar).Replace("\r", "&#13;", StringComparison.Ordinal)}<?pi x?></{name}>");
                break;
        }
    }

    private static JsonNode? AsText(JsonNode? node, bool emptyIsNull = false) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, AsText(member.Value, emptyIsNull)))),
        JsonArray { Count: 0 } when emptyIsNull => null,
        JsonArray items => new JsonArray([.. items.Select(item => AsText(item, emptyIsNull))]),
        JsonValue value when value.GetValueKind() != System.Text.Json.JsonValueKind.String => JsonValue.Create(value.ToJsonString()),
        _ => node?.DeepClone(),
    };
}
