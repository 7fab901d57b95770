using System.Text;
using System.Text.Json.Nodes;
using Carillon.Wire;

namespace Carillon.Tests.Wire;

/// <summary>What is wrong with a body, and where: a caller must be able to find the place.</summary>
public sealed class BrokenBodyTests
{
    [Theory]
    [InlineData("", 1, 1, "does not contain any JSON tokens")]
    [InlineData("   \n ", 2, 2, "does not contain any JSON tokens")]
    [InlineData("null", 1, 1, "must be one object")]
    [InlineData("[]", 1, 1, "must be one object")]
    [InlineData("\n  \"x\"", 2, 3, "must be one object")]
    [InlineData("{", 1, 2, "Expected depth to be zero")]
    [InlineData("{\"a\": [1, {\"b\": 2", 1, 18, "invalid end of a number")]
    [InlineData("{\"a\": 1} x", 1, 10, "'x' is invalid after a single JSON value")]
    [InlineData("{\"a\": 1}{}", 1, 9, "'{' is invalid after a single JSON value")]
    [InlineData("{\"a\": 1,}", 1, 9, "trailing comma")]
    [InlineData("{\n\"a\": 1,\n \"b\": tru }", 3, 10, "'tru }' is an invalid JSON literal")]
    [InlineData("{\"a\": 1, \"b\": {\"c\": 1,\n  \"c\": 2}}", 2, 3, "the key 'c' stands twice in one object")]
    [InlineData("{\"a\": 1, \"\\u0061\": 2}", 1, 10, "the key 'a' stands twice in one object")]
    [InlineData("{\"a\": 1e999}", 1, 7, "out of range")]
    [InlineData("{\"a\": 'x'}", 1, 7, "''' is an invalid start of a value")]
    [InlineData("{\"a\": \"\\ud800\"}", 1, 7, "half a character")]
    [InlineData("{\"\\udc00\": 1}", 1, 2, "half a character")]
    [InlineData("{\"a\": \"\u0001\"}", 1, 8, "0x01")]
    [InlineData("{\"_fname\":\"Ольга\",\"x\":tru}", 1, 26, "'tru}' is an invalid JSON literal")]
    [InlineData("{\n\"é\": 1,\n \"日本\": \"🙂\", \"b\": tru }", 3, 22, "'tru }' is an invalid JSON literal")]
    [InlineData("{\"ж\": 1, \"ж\": 2}", 1, 10, "stands twice in one object")]
    [InlineData("{\"имя\": 1e999}", 1, 9, "out of range")]
    public void Broken_json_is_refused_at_its_place(string body, int line, int column, string expected) =>
        ShouldBeRefused(JsonInput.Read(Encoding.UTF8.GetBytes(body)), "JSON", line, column, expected);

    [Fact]
    public void The_documented_request_without_a_closing_quote_is_refused_at_the_line_break()
    {
        const string body = "{\n  \"token\": \"abcdefghijklmnqrstuvwxyz,\n  \"trigger_id\": 1\n}";
        ShouldBeRefused(JsonInput.Read(Encoding.UTF8.GetBytes(body)), "JSON", 2, 38, "'0x0A' is invalid within a JSON string");
    }

    [Theory]
    [InlineData("{\"a\": \"", "\"}")]
    [InlineData("{\"", "\": 1}")]
    public void Text_that_is_not_utf8_is_refused_in_keys_and_values(string before, string after)
    {
        byte[] body = [.. Encoding.UTF8.GetBytes(before), 0xC3, 0x28, .. Encoding.UTF8.GetBytes(after)];
        JsonInput.Read(body).Error!.Text.ShouldMatch("^Invalid JSON at line 1, column [0-9]+: ");
        byte[] xml = [.. "<xml><a>"u8, 0xC3, 0x28, .. "</a></xml>"u8];
        XmlInput.Read(xml).Error!.Text.ShouldMatch("^Invalid XML at line 1, column [0-9]+: ");
    }

    [Fact]
    public void A_byte_order_mark_is_skipped()
    {
        ((long)JsonInput.Read([0xEF, 0xBB, 0xBF, .. "{\"a\":1}"u8]).Root!["a"]!).ShouldBe(1);
        ((string)XmlInput.Read((byte[])[0xEF, 0xBB, 0xBF, .. "<xml><a>1</a></xml>"u8]).Root!["a"]!).ShouldBe("1");
    }

    [Theory]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("18446744073709551616", "18446744073709551616")]
    [InlineData("0.10", "0.10")]
    [InlineData("1e-30", "1E-30")]
    [InlineData("1.5e3", "1500")]
    [InlineData("-0", "0")]
    public void Numbers_keep_their_value(string written, string read) =>
        JsonInput.Read(Encoding.UTF8.GetBytes($"{{\"a\":{written}}}")).Root!["a"]!.ToJsonString().ShouldBe(read);

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_body_may_be_64_deep_in_both_formats(int depth, bool fits)
    {
        var json = string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
        var xml = "<xml>" + string.Concat(Enumerable.Repeat("<a>", depth)) + "1" + string.Concat(Enumerable.Repeat("</a>", depth)) + "</xml>";
        (JsonInput.Read(Encoding.UTF8.GetBytes(json)).Root is not null).ShouldBe(fits);
        (XmlInput.Read(Encoding.UTF8.GetBytes(xml)).Root is not null).ShouldBe(fits);
        if (!fits) XmlInput.Read(Encoding.UTF8.GetBytes(xml)).Error!.Text.ShouldContain("nested deeper than 64");
    }

    [Theory]
    [InlineData("<a array='true'>", "")]
    [InlineData("<a/><a>", "")]
    [InlineData("<a>", "<a/>")]
    public void An_array_of_xml_is_a_level_as_in_json(string open, string sibling)
    {
        string Nested(int levels) => "<xml>" + string.Concat(Enumerable.Repeat(open, levels)) + "1" + string.Concat(Enumerable.Repeat("</a>" + sibling, levels)) + "</xml>";
        // 31 objects with their arrays are 62 levels; one more pair makes 64, and the next is too deep.
        XmlInput.Read(Encoding.UTF8.GetBytes(Nested(32))).Root.ShouldNotBeNull();
        XmlInput.Read(Encoding.UTF8.GetBytes(Nested(33))).Error!.Text.ShouldContain("nested deeper than 64");
    }

    [Fact]
    public void A_small_body_cannot_ask_for_a_huge_tree()
    {
        var json = "{\"a\":[" + string.Join(',', Enumerable.Repeat("0", WireInput.MaxValues)) + "]}";
        JsonInput.Read(Encoding.UTF8.GetBytes(json)).Error!.Text.ShouldContain("more than 1000000 values");
        var xml = "<xml>" + string.Concat(Enumerable.Repeat("<a/>", WireInput.MaxValues)) + "</xml>";
        XmlInput.Read(Encoding.UTF8.GetBytes(xml)).Error!.Text.ShouldContain("more than 1000000 values");
    }

    [Theory]
    [InlineData("", 1, 1, "Root element is missing")]
    [InlineData("plain", 1, 1, "root level is invalid")]
    [InlineData("<result><a>1</a></result>", 1, 2, "the root element must be <xml>")]
    [InlineData("<XML/>", 1, 2, "the root element must be <xml>")]
    [InlineData("<xml>text</xml>", 1, 12, "must hold elements, not text")]
    [InlineData("<xml>\n <a>1</b></xml>", 2, 8, "'a' start tag on line 2 position 3 does not match the end tag of 'b'")]
    [InlineData("<xml><a>1</a>", 1, 14, "Unexpected end of file")]
    [InlineData("<xml/><xml/>", 1, 8, "multiple root elements")]
    [InlineData("<xml/> x", 1, 8, "root level is invalid")]
    [InlineData("<xml><a>x<b>1</b></a></xml>", 1, 16, "text stands between elements")]
    [InlineData("<xml><a>&nope;</a></xml>", 1, 10, "undeclared entity")]
    [InlineData("<xml><b>Ольга🙂</b><a>&nope;</a></xml>", 1, 24, "undeclared entity")]
    [InlineData("<xml><p:a>1</p:a></xml>", 1, 7, "'p' is an undeclared prefix")]
    [InlineData("<xml><a b='1' b='2'/></xml>", 1, 15, "duplicate attribute")]
    [InlineData("<xml><a>&#0;</a></xml>", 1, 11, "invalid character")]
    [InlineData("<xml><a>&#xD800;</a></xml>", 1, 12, "invalid character")]
    public void Broken_xml_is_refused_at_its_place(string body, int line, int column, string expected) =>
        ShouldBeRefused(XmlInput.Read(Encoding.UTF8.GetBytes(body)), "XML", line, column, expected);

    [Theory]
    [InlineData("<!DOCTYPE xml><xml/>")]
    [InlineData("<!DOCTYPE xml [<!ENTITY a 'x'>]><xml><a>&a;</a></xml>")]
    [InlineData("<!DOCTYPE xml [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><xml><a>&a;</a></xml>")]
    [InlineData("<!DOCTYPE xml SYSTEM 'http://127.0.0.1:1/x.dtd'><xml/>")]
    [InlineData("<!DOCTYPE xml [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]><xml><a>&c;</a></xml>")]
    public void A_dtd_is_refused(string body) => ShouldBeRefused(XmlInput.Read(Encoding.UTF8.GetBytes(body)), "XML", 1, 1, "DTD is prohibited", anyColumn: true);

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-32")]
    [InlineData("utf-16BE")]
    public void Xml_in_another_encoding_is_refused(string encoding)
    {
        var with = Encoding.GetEncoding(encoding);
        const string body = "<xml><a>1</a></xml>";
        foreach (var bytes in new[] { (byte[])[.. with.GetPreamble(), .. with.GetBytes(body)], with.GetBytes(body) })
            XmlInput.Read(bytes).Error!.Text.ShouldContain("send UTF-8");
    }

    [Theory]
    [InlineData("windows-1251")]
    [InlineData("ISO-8859-1")]
    [InlineData("nonsense")]
    public void Xml_that_declares_another_encoding_is_refused(string encoding) =>
        XmlInput.Read(Encoding.UTF8.GetBytes($"<?xml version='1.0' encoding='{encoding}'?><xml/>")).Error!.Text.ShouldMatch("send UTF-8|encoding");

    [Fact]
    public void A_text_in_many_pieces_and_many_late_repetitions_take_linear_time()
    {
        // Quadratic work on either would need hours; the test would not end.
        var pieces = "<xml><a>" + string.Concat(Enumerable.Repeat("x<!---->", 500_000)) + "</a></xml>";
        ((string)XmlInput.Read(Encoding.UTF8.GetBytes(pieces)).Root!["a"]!).Length.ShouldBe(500_000);
        var names = string.Concat(Enumerable.Range(0, 300_000).Select(number => $"<a{number}/>"));
        XmlInput.Read(Encoding.UTF8.GetBytes($"<xml>{names}{names}</xml>")).Root!["a7"].ShouldBeOfType<JsonArray>().Count.ShouldBe(2);
    }

    private static void ShouldBeRefused(WireInput read, string format, int line, int column, string expected, bool anyColumn = false)
    {
        read.Root.ShouldBeNull();
        read.Error!.Code.ShouldBe(400);
        if (!anyColumn) read.Error.Text.ShouldStartWith($"Invalid {format} at line {line}, column {column}: ");
        read.Error.Text.ShouldContain(expected);
    }
}
