namespace Carillon.Tests.Templates;

public sealed class LoopTests
{
    [Theory]
    [InlineData("{for x in lead.tags}[{x}]{end}", "[red][blue]")]
    [InlineData("{for i, x in lead.tags}{i}={x};{end}", "0=red;1=blue;")]
    [InlineData("{for i,x in lead.tags}{i}{end}", "01")]
    [InlineData("{for k, v in lead.address}{k}={v};{end}", "city=Kazan;zip=420000;")]
    [InlineData("{for o in apicontent.items}{o.name}x{o.n} {end}", "Teax2 Jamx1 ")]
    [InlineData("{for o in apicontent.items}{if o.n > 1}{o.name | upper}{end}{end}", "TEA")]
    [InlineData("{for i, o in apicontent.items}{if i equal 1}{o.name}{end}{end}", "Jam")]
    [InlineData("{for o in lead.orders}{for k, v in o}{k}:{v} {end}{end}", "sku:A1 price:5 sku:B2 price:15.50 sku:C3 price:25 ")]
    [InlineData("{for x in jsonpath(apicontent \"$..name\" \"array\")}{x};{end}", "Tea;Jam;")]
    public void A_loop_takes_items_of_lists_and_fields_of_objects(string template, string expected) =>
        Sample.Text(template).ShouldBe(expected);

    [Theory]
    [InlineData("{for x in lead._fname}[{x}]{end}", "[anna]")]
    [InlineData("{for i, x in lead.age}[{i}{x}]{end}", "[034]")]
    [InlineData("{for x in lead.blocked}[{x}]{end}", "[false]")]
    [InlineData("{for x in lead.nobody}[{x}]{end}", "")]
    [InlineData("{for x in lead.empty}[{x}]{end}", "")]
    [InlineData("{for x in lead.no_tags}[{x}]{end}", "")]
    public void A_single_value_is_a_list_of_one_and_an_empty_one_of_none(string template, string expected) =>
        Sample.Text(template).ShouldBe(expected);

    [Fact]
    public void An_inner_loop_hides_the_outer_variable_only_while_it_runs() =>
        Sample.Text("{for x in lead.tags}{x}({for x in json.cities}{x} {end}){x};{end}")
            .ShouldBe("red(Kazan Perm )red;blue(Kazan Perm )blue;");

    [Fact]
    public void An_inner_loop_sees_the_outer_index() =>
        Sample.Text("{for i, x in lead.tags}{for j, y in json.cities}{i}{j} {end}{end}").ShouldBe("00 01 10 11 ");

    [Fact]
    public void A_loop_variable_is_text_outside_its_loop() =>
        Sample.Text("{x}{for x in lead.tags}{end}{x}{x.y}").ShouldBe("{x}{x}{x.y}");

    [Fact]
    public void A_loop_without_index_leaves_the_name_of_another_alone() =>
        Sample.Text("{for i, x in lead.tags}{for y in json.cities}{i}{end}{end}").ShouldBe("0011");
}
