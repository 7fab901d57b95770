using Carillon.Templates;

namespace Carillon.Tests.Templates;

public sealed class RefusalTests
{
    [Theory]
    [InlineData("{if }", 1, 5, "expected a value: a path, a \"text\" or a number")]
    [InlineData("{if}", 1, 4, "expected a value: a path, a \"text\" or a number")]
    [InlineData("{lead.", 1, 1, "this tag is not closed")]
    [InlineData("{lead.}", 1, 7, "expected a name after the dot")]
    [InlineData("ab\ncd{lead.x", 2, 3, "this tag is not closed")]
    [InlineData("{lead.x y}", 1, 9, "expected }")]
    [InlineData("{lead.x | default \"a}", 1, 19, "this text has no closing quote")]
    [InlineData("a\r\n {if lead.x}b", 2, 2, "this if has no {end}")]
    [InlineData("{for x in lead.y}", 1, 1, "this for has no {end}")]
    [InlineData("{if lead.x}{for x in lead.y}{end}", 1, 1, "this if has no {end}")]
    [InlineData("\n\n{end}", 3, 1, "this end belongs to no open block")]
    [InlineData("{if lead.x}{end}{end}", 1, 17, "this end belongs to no open block")]
    [InlineData("{else}", 1, 1, "this else belongs to no open block")]
    [InlineData("{else if lead.x}", 1, 1, "this else belongs to no open block")]
    [InlineData("{if lead.x}{else}{else}{end}", 1, 18, "an else was here already")]
    [InlineData("{if lead.x}{else}{else if lead.y}{end}", 1, 18, "an else was here already")]
    [InlineData("{if lead.x}{else lead.y}{end}", 1, 18, "expected }")]
    [InlineData("{if lead.x}{end if}", 1, 17, "expected }")]
    [InlineData("{for x in lead.y}{else}{end}", 1, 18, "this else stands in a for; only an if has one")]
    [InlineData("{if lead.x}{elseif lead.y}{end}", 1, 12, "write {else if ...} for a further condition and {end} to close a block")]
    [InlineData("{if lead.x}{endif}", 1, 12, "write {else if ...} for a further condition and {end} to close a block")]
    [InlineData("{if lead.x equal}", 1, 17, "expected a value: a path, a \"text\" or a number")]
    [InlineData("{if lead.x is 5}{end}", 1, 12, "expected }")]
    [InlineData("{if lead.x not 5}{end}", 1, 16, "expected equal, contains or in after not")]
    [InlineData("{if lead.x equal 1 equal 2}{end}", 1, 20, "expected }")]
    [InlineData("{if (lead.x}{end}", 1, 12, "expected )")]
    [InlineData("{if lead.x and}{end}", 1, 15, "expected a value: a path, a \"text\" or a number")]
    [InlineData("{if lead.x equal 99999999999999999999999999999999}", 1, 18, "this is not a number, or it is too large")]
    [InlineData("{if lead.x equal 'a'}", 1, 18, "expected a value: a path, a \"text\" or a number")]
    [InlineData("{if name}{end}", 1, 5, "\"name\" is unknown: paths start with lead, subscription, apicontent, json or a loop variable")]
    [InlineData("{for lead in lead.x}{end}", 1, 6, "\"lead\" cannot name a loop variable here")]
    [InlineData("{for a, a in lead.x}{end}", 1, 9, "\"a\" cannot name a loop variable here")]
    [InlineData("{for 1 in lead.x}{end}", 1, 6, "expected the name of a loop variable")]
    [InlineData("{for }", 1, 6, "expected the name of a loop variable")]
    [InlineData("{for x of lead.x}{end}", 1, 8, "expected in: {for item in list} or {for index, item in list}")]
    [InlineData("{for x in x}{end}", 1, 11, "\"x\" is unknown: paths start with lead, subscription, apicontent, json or a loop variable")]
    [InlineData("{jsonpath apicontent}", 1, 10, "expected ( directly after jsonpath")]
    [InlineData("{jsonpath(\"$\" \"item\")}", 1, 11, "expected a path")]
    [InlineData("{jsonpath(apicontent \"$\" \"all\")}", 1, 26, "expected \"item\" or \"array\"")]
    [InlineData("{subscription_field(\"sms\", \"phone\")}", 1, 26, "expected the field in quotes; spaces, not commas, separate arguments")]
    [InlineData("{subscription_field(\"sms\" \"phone\" x)}", 1, 35, "expected a resource id or )")]
    [InlineData("{subscription_field(\"sms\" \"phone\" 1 2)}", 1, 37, "expected )")]
    public void What_opens_a_tag_and_is_wrong_is_refused_where_it_is_wrong(string source, int line, int column, string message) =>
        Sample.Refusal(source).ShouldBe(new TemplateError(line, column, message));

    [Theory]
    [InlineData("{unsubscribe}")]
    [InlineData("{globalunsubscribe}")]
    [InlineData("{webversion }")]
    [InlineData("{confirm|url}")]
    public void Links_are_refused_until_they_exist(string tag)
    {
        var error = Sample.Refusal("<a\nhref=\"" + tag + "\">");

        (error.Line, error.Column).ShouldBe((2, 7));
        error.Message.ShouldContain("not available yet");
    }

    [Fact]
    public void A_long_word_is_cut_in_the_message() =>
        Sample.Refusal("{if " + new string('x', 100_000) + "}").Message.Length.ShouldBeLessThan(200);
}
