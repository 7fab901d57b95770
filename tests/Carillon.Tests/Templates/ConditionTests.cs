namespace Carillon.Tests.Templates;

public sealed class ConditionTests
{
    [Theory]
    [InlineData("lead._fname", true)]
    [InlineData("lead.vip", true)]
    [InlineData("lead.age", true)]
    [InlineData("lead.code", true)]
    [InlineData("lead.tags", true)]
    [InlineData("\"0\"", true)]
    [InlineData("lead.nobody", false)]
    [InlineData("lead.none", false)]
    [InlineData("lead.empty", false)]
    [InlineData("lead.blocked", false)]
    [InlineData("lead.zero", false)]
    [InlineData("lead.no_tags", false)]
    [InlineData("lead.no_fields", false)]
    [InlineData("false", false)]
    public void A_value_alone_holds_unless_it_is_empty_false_or_zero(string condition, bool holds) =>
        Sample.Holds(condition).ShouldBe(holds);

    [Theory]
    [InlineData("lead._fname equal \"anna\"", true)]
    [InlineData("lead._fname equal \"Anna\"", false)]
    [InlineData("lead.age equal 34", true)]
    [InlineData("lead.age equal \"34\"", true)]
    [InlineData("lead.age equal \"34.0\"", true)]
    [InlineData("lead.age equal \"34 \"", false)]
    [InlineData("lead.code equal 7", true)]
    [InlineData("lead.code equal \"7\"", false)]
    [InlineData("lead.vip equal true", true)]
    [InlineData("lead.vip equal \"TRUE\"", true)]
    [InlineData("lead.vip equal 1", true)]
    [InlineData("lead.vip equal 2", false)]
    [InlineData("lead.blocked equal 0", true)]
    [InlineData("lead.nobody equal \"\"", true)]
    [InlineData("lead.nobody equal lead.none", true)]
    [InlineData("lead.nobody equal false", false)]
    [InlineData("lead.nobody equal 0", false)]
    [InlineData("lead.tags equal lead.tags", false)]
    [InlineData("lead.age not equal 35", true)]
    [InlineData("lead.age not equal 34", false)]
    [InlineData("lead.html equal \"<b>\\\"Tom\\\" & 'Jo'</b>\"", true)]
    [InlineData("12345678901234567 equal 12345678901234568", false)]
    [InlineData("\"1e300\" > 5", true)]
    [InlineData("\"NaN\" equal 0", false)]
    public void Equality_knows_numbers(string condition, bool holds) => Sample.Holds(condition).ShouldBe(holds);

    [Theory]
    [InlineData("lead.age > 33", true)]
    [InlineData("lead.age > 34", false)]
    [InlineData("lead.age >= 34", true)]
    [InlineData("lead.age < 34.5", true)]
    [InlineData("lead.age <= 33", false)]
    [InlineData("lead.age>33", true)]
    [InlineData("\"9\" < \"10\"", true)]
    [InlineData("\"9\" < \"1O\"", false)]
    [InlineData("lead.seen > \"2026-01-01\"", true)]
    [InlineData("lead._fname > 5", false)]
    [InlineData("lead._fname < 5", false)]
    [InlineData("lead.nobody < 5", false)]
    [InlineData("lead.nobody >= 0", false)]
    [InlineData("lead.tags > 0", false)]
    [InlineData("lead.vip > 0", false)]
    [InlineData("-5 < lead.zero", true)]
    public void Order_holds_only_between_values_that_have_one(string condition, bool holds) => Sample.Holds(condition).ShouldBe(holds);

    [Theory]
    [InlineData("lead.tags contains \"red\"", true)]
    [InlineData("lead.tags contains \"re\"", false)]
    [InlineData("lead.email contains \"@example\"", true)]
    [InlineData("lead.email contains \"@Example\"", false)]
    [InlineData("lead.address contains \"city\"", true)]
    [InlineData("lead.address contains \"Kazan\"", false)]
    [InlineData("lead.age contains 3", true)]
    [InlineData("lead.nobody contains \"x\"", false)]
    [InlineData("lead.email contains lead.nobody", false)]
    [InlineData("lead.email contains \"\"", false)]
    [InlineData("lead.address.city in json.cities", true)]
    [InlineData("lead._fname in json.cities", false)]
    [InlineData("lead._fname not in json.cities", true)]
    [InlineData("lead.tags not contains \"red\"", false)]
    public void Contains_and_in_look_into_lists_keys_and_texts(string condition, bool holds) => Sample.Holds(condition).ShouldBe(holds);

    [Theory]
    [InlineData("true and (true and (true and false))", false)]
    [InlineData("true and (true and (true and true))", true)]
    [InlineData("true and true and true", true)]
    [InlineData("true and true and false", false)]
    [InlineData("true or false and false", true)]
    [InlineData("(true or false) and false", false)]
    [InlineData("false and false or true", true)]
    [InlineData("not true or true", true)]
    [InlineData("not (true or true)", false)]
    [InlineData("not not lead.vip", true)]
    [InlineData("not lead.age equal 35", true)]
    [InlineData("not(lead.blocked)and(lead.vip)", true)]
    [InlineData("lead.vip and lead.age > 30 and \"red\" in lead.tags", true)]
    [InlineData("lead._fname | upper equal \"ANNA\"", true)]
    [InlineData("(lead.nobody | default 5) > 4", null)]
    [InlineData("lead.nobody | default 5 > 4", true)]
    [InlineData("jsonpath(apicontent \"$.items[?(@.n > 1)]\" \"array\")", true)]
    [InlineData("jsonpath(apicontent \"$.items[?(@.n > 9)]\" \"array\")", false)]
    [InlineData("jsonpath(apicontent \"$.items[0].n\" \"item\") equal 2", true)]
    public void Logic_binds_not_then_and_then_or(string condition, bool? holds)
    {
        if (holds is null)
            Sample.Refusal($"{{if {condition}}}{{end}}").Message.ShouldBe("expected }");
        else
            Sample.Holds(condition).ShouldBe(holds.Value);
    }

    [Theory]
    [InlineData(10, "small")]
    [InlineData(60, "middle")]
    [InlineData(600, "large")]
    public void The_first_branch_that_holds_is_taken(int order, string expected)
    {
        var scope = Sample.Scope() with { ApiContent = Sample.Object($$"""{"sum": {{order}}}""") };

        Sample.Text("{if apicontent.sum > 500}large{else if apicontent.sum > 50}middle{else}small{end}", scope).ShouldBe(expected);
    }

    [Fact]
    public void Without_an_else_nothing_is_written() => Sample.Text("a{if lead.nobody}b{else if lead.none}c{end}d").ShouldBe("ad");

    [Fact]
    public void Conditions_nest() =>
        Sample.Text("{if lead.vip}{if lead.blocked}1{else}2{end}{else}{if lead.age}3{end}{end}").ShouldBe("2");

    [Fact]
    public void Line_breaks_may_stand_inside_a_tag_and_stay_outside_of_it() =>
        Sample.Text("a\n{if lead.vip\n  and lead.age > 1}\nb\n{end}\nc").ShouldBe("a\n\nb\n\nc");
}
