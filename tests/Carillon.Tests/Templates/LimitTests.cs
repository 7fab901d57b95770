using System.Text.Json.Nodes;
using Carillon.Templates;

namespace Carillon.Tests.Templates;

/// <summary>Cost is counted in steps, so these tests say what is bounded without a clock.</summary>
public sealed class LimitTests
{
    static TemplateScope ScopeOf(int items, TemplateLimits? limits = null) => new()
    {
        Lead = new JsonObject { ["list"] = new JsonArray([.. Enumerable.Range(0, items).Select(i => JsonValue.Create(i))]) },
        Limits = limits ?? TemplateLimits.Default,
    };

    [Fact]
    public void Loops_inside_each_other_stop_at_the_step_limit() =>
        Sample.Parsed("\n{for a in lead.list}{for b in lead.list}{for c in lead.list}{end}{end}{end}").Render(ScopeOf(1000))
            .ShouldBe(new TemplateRender(null, "line 2: more than 100000 steps"));

    [Fact]
    public void Steps_are_counted_exactly()
    {
        // the list, three items, three outputs
        var template = Sample.Parsed("{for x in lead.list}{x}{end}");

        template.Render(ScopeOf(3, new TemplateLimits { MaxSteps = 7 })).Text.ShouldBe("012");
        template.Render(ScopeOf(3, new TemplateLimits { MaxSteps = 6 })).Error.ShouldBe("line 1: more than 6 steps");
    }

    [Fact]
    public void Output_stops_at_its_limit()
    {
        var limits = new TemplateLimits { MaxOutput = 10 };

        Sample.Parsed("0123456789").Render(ScopeOf(0, limits)).Text.ShouldBe("0123456789");
        Sample.Parsed("0123456789x").Render(ScopeOf(0, limits)).Error.ShouldBe("line 1: more than 10 characters of output");
        Sample.Parsed("\n{for x in lead.list}abc{end}").Render(ScopeOf(9, limits)).Error.ShouldBe("line 2: more than 10 characters of output");
        Sample.Parsed("{lead.html}", TemplateKind.Html).Render(Sample.Scope() with { Limits = new() { MaxOutput = 30 } })
            .Error.ShouldBe("line 1: more than 30 characters of output");
    }

    [Fact]
    public void Depth_stops_at_its_limit()
    {
        var template = Sample.Parsed("{if true}{if true}x{end}{end}");

        template.Render(ScopeOf(0, new TemplateLimits { MaxDepth = 2 })).Text.ShouldBe("x");
        template.Render(ScopeOf(0, new TemplateLimits { MaxDepth = 1 })).Error.ShouldBe("line 1: more than 1 blocks inside each other");
    }

    [Theory]
    [InlineData("{if lead.long contains \"z\"}{end}")]
    [InlineData("{if \"z\" in lead.long}{end}")]
    [InlineData("{if lead.long | upper}{end}")]
    [InlineData("{if lead.long equal \"z\"}{end}")]
    public void Long_texts_cost_steps_by_their_length(string tag)
    {
        var template = Sample.Parsed(string.Concat(Enumerable.Repeat(tag, 10)));
        var scope = ScopeOf(0) with { Lead = new JsonObject { ["long"] = new string('a', 5_000_000) } };

        template.Render(scope).Error.ShouldBe("line 1: more than 100000 steps");
    }

    [Fact]
    public void A_search_that_would_cost_the_product_of_its_lengths_is_not_begun()
    {
        var scope = ScopeOf(0) with { Lead = new JsonObject { ["a"] = new string('a', 4_000_000), ["b"] = new string('a', 2_000_000) + "b" } };

        Sample.Parsed("{if lead.a contains lead.b}{end}").Render(scope).Error.ShouldBe("line 1: more than 100000 steps");
    }

    [Theory]
    [InlineData("{if lead.digits in lead.list}{end}")]
    [InlineData("{if lead.list contains lead.digits}{end}")]
    public void A_long_text_in_a_comparison_with_every_item_costs_steps_for_every_item(string source)
    {
        var scope = ScopeOf(1000);
        scope.Lead["digits"] = new string('1', 1_000_000);

        Sample.Parsed(source).Render(scope).Error.ShouldBe("line 1: more than 100000 steps");
    }

    [Fact]
    public void A_long_literal_in_a_path_test_costs_steps_for_every_item()
    {
        var literal = new string('1', 900_000);

        Sample.Parsed($"{{jsonpath(lead.list \"$[?(@ == '{literal}')]\" \"item\")}}").Render(ScopeOf(1000))
            .Error.ShouldBe("line 1: more than 100000 steps");
    }

    [Fact]
    public void A_rendering_that_broke_a_limit_leaves_nothing_for_the_next()
    {
        Sample.Parsed("abc{for x in lead.list}{x}{end}").Render(ScopeOf(100, new TemplateLimits { MaxSteps = 10 })).Error.ShouldNotBeNull();

        Sample.Text("{lead._fname}").ShouldBe("anna");
    }

    [Fact]
    public void Data_nested_deeper_than_the_stack_does_no_harm()
    {
        JsonNode deep = new JsonArray();
        for (var i = 0; i < 20_000; i++)
            deep = new JsonArray(deep);
        var scope = ScopeOf(0) with { ApiContent = deep };

        Sample.Text("{jsonpath(apicontent \"$..x\" \"item\")}", scope).ShouldBe("");
        Sample.Parsed("{apicontent}").Render(scope).Error.ShouldNotBeNull().ShouldStartWith("line 1: the data cannot be read");
    }

    [Theory]
    [InlineData(1_000_000, true)]
    [InlineData(1_000_001, false)]
    public void A_template_has_at_most_a_million_characters(int length, bool accepted)
    {
        var parse = Template.Parse(new string('x', length), TemplateKind.Text);

        (parse.Template is not null).ShouldBe(accepted);
        parse.Error?.ShouldBe(new TemplateError(1, 1_000_001, "a template has at most 1000000 characters"));
    }

    [Theory]
    [InlineData("{if true}", "{end}", "blocks inside each other", 1 + 64 * 9)]
    [InlineData("{for x in lead.list}", "{end}", "blocks inside each other", 1 + 64 * 20)]
    public void Blocks_nest_64_deep(string open, string close, string message, int column)
    {
        string Nested(int depth) => string.Concat(Enumerable.Repeat(open, depth)) + "x" + string.Concat(Enumerable.Repeat(close, depth));

        Sample.Text(Nested(64), ScopeOf(1)).ShouldBe("x");
        Sample.Refusal(Nested(65)).ShouldBe(new TemplateError(1, column, $"more than 64 {message}"));
    }

    [Fact]
    public void Parentheses_nest_63_deep_around_a_comparison()
    {
        string Nested(int depth) => $"{{if {new string('(', depth)}true{new string(')', depth)}}}x{{end}}";

        Sample.Text(Nested(63)).ShouldBe("x");
        Sample.Refusal(Nested(64)).ShouldBe(new TemplateError(1, 5 + 64, "more than 64 parentheses or nots inside each other"));
    }
}
