namespace Carillon.Tests.Templates;

public sealed class LiteralTests
{
    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("{ }")]
    [InlineData("{}")]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("{{{")]
    [InlineData("{foo}")]
    [InlineData("{foo.bar | upper}")]
    [InlineData("{LEAD.email}")]
    [InlineData("{ lead.email }")]
    [InlineData("{lead generation}")]
    [InlineData("{leads.email}")]
    [InlineData("{lead")]
    [InlineData("{json:1}")]
    [InlineData("{\"lead\": {\"if\": 1}}")]
    [InlineData("body { color: red }")]
    [InlineData("@media print{end-note{color:red}}")]
    [InlineData("p{color:red}\n.if{margin:0}")]
    [InlineData("function(){if(x){return {lead:1}}else{y()}}")]
    [InlineData("for(;;){for(;;){}}")]
    [InlineData("{ if (x) { y } }")]
    [InlineData("function(){confirm('Sure?')}")]
    [InlineData("<script type=\"application/ld+json\">{\"@context\":\"x\",\"a\":[{\"b\":{}}]}</script>")]
    [InlineData("{iff x}{endless}{elsewhere}")]
    public void Braces_that_open_no_tag_are_text(string text) => Sample.Html(text).ShouldBe(text);

    [Fact]
    public void Tags_work_in_the_middle_of_css() =>
        Sample.Html("a{color:{lead.nobody | default \"red\"}}b{if(1){{lead.age}}}").ShouldBe("a{color:red}b{if(1){34}}");

    [Fact]
    public void Css_that_starts_with_a_loop_variable_is_still_css() =>
        Sample.Html("{for color in lead.tags}p{color:{color}}{end}").ShouldBe("p{color:red}p{color:blue}");
}
