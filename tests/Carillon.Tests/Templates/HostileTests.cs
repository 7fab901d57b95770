using Carillon.Templates;

namespace Carillon.Tests.Templates;

/// <summary>
/// A million characters of one trouble each. Anything that costs the square of the length would still be running when
/// the test run is cut off; anything that recurses by length would end the process.
/// </summary>
public sealed class HostileTests
{
    const int Length = 1_000_000;

    [Theory]
    [InlineData("{")]
    [InlineData("{if ")]
    [InlineData("{lead")]
    [InlineData("{lead ")]
    [InlineData("{lead.")]
    [InlineData("{x")]
    [InlineData("{end}")]
    [InlineData("{\n")]
    [InlineData("{if (")]
    [InlineData("{if not ")]
    [InlineData("{if true}")]
    [InlineData("{for x in lead.list}")]
    [InlineData("{jsonpath(")]
    [InlineData("{lead.x|")]
    [InlineData("{if \"")]
    [InlineData("\0{\uD800")]
    public void The_same_again_and_again_is_text_or_refused(string piece)
    {
        var source = string.Concat(Enumerable.Repeat(piece, Length / piece.Length));
        var parse = Template.Parse(source, TemplateKind.Html);

        (parse.Template is null).ShouldBe(parse.Error is not null);
        parse.Template?.Render(Sample.Scope()).Text.ShouldBe(source);
    }

    [Theory]
    [InlineData("{if ", "(", "")]
    [InlineData("{if ", "not ", "")]
    [InlineData("{lead.", "a", "")]
    [InlineData("{lead", " ", "x")]
    [InlineData("{if ", " ", "")]
    [InlineData("{if lead.x equal ", "1", "}")]
    [InlineData("{if lead.x equal \"", "\\", "}")]
    [InlineData("{lead.x", "| upper ", "")]
    [InlineData("{lead.x", ".", "}")]
    [InlineData("{jsonpath(lead \"$", ".a", "\" \"item\")}")]
    [InlineData("{jsonpath(lead \"$[", "1", "]\" \"item\")}")]
    [InlineData("{jsonpath(lead \"$[?(@", ".a", "\" \"item\")}")]
    public void One_endless_tag_is_text_or_refused(string start, string piece, string end)
    {
        var source = start + string.Concat(Enumerable.Repeat(piece, (Length - 100) / piece.Length)) + end;
        var parse = Template.Parse(source, TemplateKind.Text);

        (parse.Template is null).ShouldBe(parse.Error is not null);
        parse.Template?.Render(Sample.Scope()).Text.ShouldBe(source);
    }

    [Theory]
    [InlineData("{if true", " and true", "}x{end}", "x")]
    [InlineData("{if false", " or false", "}x{end}", "")]
    [InlineData("{lead._fname", " | upper", "}", "ANNA")]
    [InlineData("{lead.a", ".a", "}", "")]
    [InlineData("{if false}", "{else if false}", "{end}", "")]
    public void A_long_chain_is_as_good_as_a_short_one(string start, string piece, string end, string expected) =>
        Sample.Text(start + string.Concat(Enumerable.Repeat(piece, 40_000)) + end).ShouldBe(expected);

    [Fact]
    public void A_chain_costs_a_step_a_link()
    {
        var template = Sample.Parsed("{if true" + string.Concat(Enumerable.Repeat(" and true", 99)) + "}x{end}");
        TemplateScope With(int steps) => Sample.Scope() with { Limits = new TemplateLimits { MaxSteps = steps } };

        template.Render(With(100)).Text.ShouldBe("x");
        template.Render(With(99)).Error.ShouldBe("line 1: more than 99 steps");
    }
}
