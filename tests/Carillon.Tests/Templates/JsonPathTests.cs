using System.Text.Json.Nodes;
using Carillon.Templates;

namespace Carillon.Tests.Templates;

public sealed class JsonPathTests
{
    static readonly TemplateScope s_scope = new()
    {
        Lead = [],
        ApiContent = JsonNode.Parse("""
            {"a": [10, 20, 30, 40], "b": {"c": "deep", "d e": "spaced", "n": null}, "it's": "quoted",
             "books": [{"t": "One", "p": 5, "s": "sold"}, {"t": "Two", "p": 15}, {"t": "Three", "p": "25", "in": {"k": true}}]}
            """),
    };

    [Theory]
    [InlineData("$.a[0]", "10")]
    [InlineData("$.a[-1]", "40")]
    [InlineData("$.b.c", "deep")]
    [InlineData("$['b']['d e']", "spaced")]
    [InlineData("$[ 'b' ].c", "deep")]
    [InlineData("$['it\\'s']", "quoted")]
    [InlineData("$..t", "One")]
    [InlineData("$.a[4]", "")]
    [InlineData("$.a[-5]", "")]
    [InlineData("$.a.c", "")]
    [InlineData("$.b[0]", "")]
    [InlineData("$.b.n", "")]
    public void Item_is_the_first_hit_or_nothing(string path, string expected) =>
        Sample.Text($"{{jsonpath(apicontent \"{path}\" \"item\")}}", s_scope).ShouldBe(expected);

    [Theory]
    [InlineData("$.a[*]", "[10,20,30,40]")]
    [InlineData("$.a.*", "[10,20,30,40]")]
    [InlineData("$.a[0]", "[10]")]
    [InlineData("$.nothing", "[]")]
    [InlineData("$.a[1:3]", "[20,30]")]
    [InlineData("$.a[2:]", "[30,40]")]
    [InlineData("$.a[:-2]", "[10,20]")]
    [InlineData("$.a[-2:]", "[30,40]")]
    [InlineData("$.a[::3]", "[10,40]")]
    [InlineData("$.a[3:1]", "[]")]
    [InlineData("$.a[0:2147483647:2147483647]", "[10]")]
    [InlineData("$..t", "[\"One\",\"Two\",\"Three\"]")]
    [InlineData("$..[0]", "[10,{\"t\":\"One\",\"p\":5,\"s\":\"sold\"}]")]
    [InlineData("$.b.*", "[\"deep\",\"spaced\",null]")]
    [InlineData("$.books[?(@.p > 10)].t", "[\"Two\",\"Three\"]")]
    [InlineData("$.books[?(@.p <= 5)].t", "[\"One\"]")]
    [InlineData("$.books[?(@.t == 'Two')].p", "[15]")]
    [InlineData("$.books[?@.t != \\\"Two\\\"].t", "[\"One\",\"Three\"]")]
    [InlineData("$.books[?(@.s)].t", "[\"One\"]")]
    [InlineData("$.books[?(@.in.k == true)].t", "[\"Three\"]")]
    [InlineData("$.books[?(@.s == null)].t", "[\"Two\",\"Three\"]")]
    [InlineData("$.a[?(@ >= 30)]", "[30,40]")]
    public void Array_is_always_a_list(string path, string expected) =>
        Sample.Text($"{{jsonpath(apicontent \"{path}\" \"array\") | json}}", s_scope).ShouldBe(expected);

    [Fact]
    public void A_path_may_start_anywhere_that_a_value_path_may() =>
        Sample.Text("{jsonpath(apicontent.books \"$[1].t\" \"item\")}{for b in apicontent.books}{jsonpath(b \"$.p\" \"item\")} {end}", s_scope)
            .ShouldBe("Two5 15 25 ");

    [Theory]
    [InlineData("a.b", "a path starts with $ (character 1 of the path)")]
    [InlineData("", "a path starts with $ (character 1 of the path)")]
    [InlineData("$a", "expected . or [ (character 2 of the path)")]
    [InlineData("$.", "expected a name; other characters than letters, digits, _ and - go in ['...'] (character 3 of the path)")]
    [InlineData("$.a[", "expected an index, '...', * or ? (character 5 of the path)")]
    [InlineData("$.a[1", "expected ] (character 6 of the path)")]
    [InlineData("$.a[99999999999]", "expected an index, '...', * or ? (character 5 of the path)")]
    [InlineData("$.a['x]", "this text has no closing quote (character 5 of the path)")]
    [InlineData("$.a[::0]", "a slice steps by 1 or more (character 8 of the path)")]
    [InlineData("$.a[?(1)]", "a test looks like ?(@.price > 10) (character 7 of the path)")]
    [InlineData("$.a[?(@.x ~ 1)]", "expected ) (character 11 of the path)")]
    [InlineData("$.a[?(@.x > y)]", "expected a number, a text in quotes, true, false or null (character 14 of the path)")]
    [InlineData("$.a[?(@.)]", "expected a name (character 9 of the path)")]
    public void A_bad_path_is_refused_at_save_where_it_stands(string path, string message)
    {
        var error = Sample.Refusal($"{{jsonpath(apicontent \"{path}\" \"item\")}}");

        error.Message.ShouldBe(message);
        (error.Line, error.Column).ShouldBe((1, 22));
    }

    [Fact]
    public void A_path_that_multiplies_its_hits_stops_at_the_step_limit()
    {
        var steps = string.Concat(Enumerable.Repeat("..*", 20));
        var deep = JsonNode.Parse(string.Concat(Enumerable.Repeat("[1,", 40)) + "1" + new string(']', 40));
        var render = Sample.Parsed($"{{jsonpath(apicontent \"${steps}\" \"item\")}}").Render(s_scope with { ApiContent = deep });

        render.Error.ShouldBe("line 1: more than 100000 steps");
    }
}
