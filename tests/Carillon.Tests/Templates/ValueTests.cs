using System.Text.Json.Nodes;
using Carillon.Templates;

namespace Carillon.Tests.Templates;

public sealed class ValueTests
{
    [Theory]
    [InlineData("{lead._fname}", "anna")]
    [InlineData("{lead._fname }", "anna")]
    [InlineData("{lead._id}", "5d4a8e9b1c2d3e4f5a6b7c8d")]
    [InlineData("{lead.address.city}", "Kazan")]
    [InlineData("{lead.phones.1}", "+79990000002")]
    [InlineData("{lead.first-seen}", "early")]
    [InlineData("{lead.имя}", "Анна")]
    [InlineData("{apicontent.items.0.name}", "Tea")]
    [InlineData("{json.cities.1}", "Perm")]
    [InlineData("{subscription.hash_id}", "e70dbabe")]
    [InlineData("{subscription.custom_fields.size}", "XL")]
    [InlineData("Order {apicontent.order}, {lead._fname}!", "Order 84, anna!")]
    public void A_path_is_replaced_by_its_value(string template, string expected) => Sample.Text(template).ShouldBe(expected);

    [Theory]
    [InlineData("{lead.nobody}")]
    [InlineData("{lead.none}")]
    [InlineData("{lead.phones.2}")]
    [InlineData("{lead.phones.first}")]
    [InlineData("{lead._fname.more}")]
    [InlineData("{lead.phones.99999999999999999999}")]
    [InlineData("{lead.nobody.at.all | upper}")]
    [InlineData("{json.nothing | date \"dd\"}")]
    public void A_missing_value_is_empty(string template) => Sample.Text($"[{template}]").ShouldBe("[]");

    [Theory]
    [InlineData("{lead.vip} {lead.blocked}", "true false")]
    [InlineData("{lead.age} {lead.price}", "34 1234.5")]
    [InlineData("{lead.orders.1.price}", "15.50")]
    [InlineData("{lead.tags}", "red, blue")]
    [InlineData("{lead.address}", """{"city":"Kazan","zip":420000}""")]
    [InlineData("{apicontent.items}", """{"name":"Tea","n":2}, {"name":"Jam","n":1}""")]
    [InlineData("{json}", """{"cities":["Kazan","Perm"],"rate":"92.5"}""")]
    public void Each_kind_of_value_has_a_text(string template, string expected) => Sample.Text(template).ShouldBe(expected);

    [Fact]
    public void Values_that_code_made_read_like_values_that_were_parsed()
    {
        var lead = new JsonObject
        {
            ["i"] = 7, ["l"] = 7L, ["d"] = 2.5, ["m"] = 1.50m, ["b"] = true, ["s"] = "x",
            ["t"] = JsonValue.Create(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)),
            ["list"] = new JsonArray(1, null, "z"),
        };
        var scope = new TemplateScope { Lead = lead };

        Sample.Text("{lead.i} {lead.l} {lead.d} {lead.m} {lead.b} {lead.s} {lead.list}", scope).ShouldBe("7 7 2.5 1.50 true x 1, z");
        Sample.Text("{lead.t | date \"yyyy-MM-dd HH:mm\"}", scope).ShouldBe("2026-01-02 03:04");
        Sample.Text("{if lead.i equal lead.l and lead.d > 2 and lead.m equal \"1.5\"}same{end}", scope).ShouldBe("same");
    }

    [Fact]
    public void Html_parts_escape_values_and_leave_the_template_itself_alone() =>
        Sample.Html("<i title=\"&\">{lead.html}</i>")
            .ShouldBe("<i title=\"&\">&lt;b&gt;&quot;Tom&quot; &amp; &#39;Jo&#39;&lt;/b&gt;</i>");

    [Fact]
    public void Raw_turns_escaping_off_wherever_it_stands()
    {
        Sample.Html("{lead.html | raw}").ShouldBe("<b>\"Tom\" & 'Jo'</b>");
        Sample.Html("{lead.html | raw | upper}").ShouldBe("<B>\"TOM\" & 'JO'</B>");
    }

    [Fact]
    public void Text_parts_write_values_as_they_are() => Sample.Text("{lead.html}").ShouldBe("<b>\"Tom\" & 'Jo'</b>");

    [Fact]
    public void What_a_filter_puts_in_is_escaped_too()
    {
        Sample.Html("{lead.none | default \"<none>\"}").ShouldBe("&lt;none&gt;");
        Sample.Html("{apicontent.note}").ShouldBe("5 &lt; 6");
    }

    [Fact]
    public void Data_is_never_read_as_a_template() => Sample.Text("{lead.evil}").ShouldBe("{lead.email}{if }");

    [Fact]
    public void Data_that_is_not_there_at_all_is_empty() =>
        Sample.Text("[{subscription.email}{apicontent.a}{json}{lead._id}]", new TemplateScope { Lead = [] }).ShouldBe("[]");

    [Theory]
    [InlineData("""{"a": "\ud800"}""")]
    [InlineData("""{"a": {"x": 1, "x": 2}}""")]
    public void Data_that_cannot_be_read_is_an_error_with_its_line(string json)
    {
        var render = Sample.Parsed("one\n{apicontent.a.x}{apicontent.a}").Render(Sample.Scope() with { ApiContent = JsonNode.Parse(json) });

        render.Text.ShouldBeNull();
        render.Error.ShouldNotBeNull().ShouldStartWith("line 2: the data cannot be read");
    }

    [Fact]
    public void One_template_renders_on_many_threads_at_once()
    {
        var template = Sample.Parsed("{for i, x in lead.list}{i}{x};{end}");
        var texts = Enumerable.Range(0, 500).AsParallel().Select(n =>
            (n, template.Render(new TemplateScope { Lead = new JsonObject { ["list"] = new JsonArray(n, n) } }).Text)).ToList();

        texts.ShouldAllBe(pair => pair.Text == $"0{pair.n};1{pair.n};");
    }
}
