using Carillon.Templates;

namespace Carillon.Tests.Templates;

public sealed class FilterTests
{
    [Theory]
    [InlineData("{lead.nobody | default \"friend\"}", "friend")]
    [InlineData("{lead.empty | default \"friend\"}", "friend")]
    [InlineData("{lead.no_tags | default \"none\"}", "none")]
    [InlineData("{lead._fname | default \"friend\"}", "anna")]
    [InlineData("{lead.zero | default 5}", "0")]
    [InlineData("{lead.blocked | default true}", "false")]
    [InlineData("{lead.nobody | default lead._fname}", "anna")]
    [InlineData("{lead.nobody | default lead.none | default \"z\"}", "z")]
    [InlineData("{lead._fname | upper}", "ANNA")]
    [InlineData("{lead.имя | upper}", "АННА")]
    [InlineData("{lead.имя | lower}", "анна")]
    [InlineData("{lead._fname|capitalize}", "Anna")]
    [InlineData("{\"\" | upper}", "{\"\" | upper}")]
    [InlineData("{lead.tags | upper}", "RED, BLUE")]
    [InlineData("{lead._fname | upper | lower | capitalize}", "Anna")]
    [InlineData("{lead.html | url}", "%3Cb%3E%22Tom%22%20%26%20%27Jo%27%3C%2Fb%3E")]
    [InlineData("{lead.имя | url}", "%D0%90%D0%BD%D0%BD%D0%B0")]
    [InlineData("{lead._fname | json}", "\"anna\"")]
    [InlineData("{lead.имя | json}", "\"Анна\"")]
    [InlineData("{lead.tags | json}", "[\"red\",\"blue\"]")]
    [InlineData("{lead.nobody | json}", "null")]
    [InlineData("{jsonpath(apicontent \"$..n\" \"array\") | json}", "[2,1]")]
    public void Filters_change_values(string template, string expected) => Sample.Text(template).ShouldBe(expected);

    [Fact]
    public void Json_cannot_end_a_script_even_when_it_is_raw() =>
        Sample.Html("{lead.html | json | raw}").ShouldNotContain("<");

    [Theory]
    [InlineData("{lead.price | number \"0.00\"}", "1234.50")]
    [InlineData("{lead.price | number \"#,##0\"}", "1,235")]
    [InlineData("{json.rate | number \"0.000\"}", "92.500")]
    [InlineData("{lead.price | number \"0.00' EUR'\"}", "1234.50 EUR")]
    [InlineData("{lead.zero | number \"0%\"}", "0%")]
    [InlineData("{lead._fname | number \"0.00\"}", "anna")]
    [InlineData("{lead.nobody | number \"0.00\"}", "")]
    public void Numbers_follow_their_pattern_and_other_values_pass(string template, string expected) =>
        Sample.Text(template).ShouldBe(expected);

    [Theory]
    [InlineData("2026-05-31T22:30:00Z", "01.06.2026 03:30")]
    [InlineData("2026-05-31T22:30:00.123456789Z", "01.06.2026 03:30")]
    [InlineData("2026-05-31T22:30:00+05:00", "31.05.2026 22:30")]
    [InlineData("2026-05-31 22:30:00-01:00", "01.06.2026 04:30")]
    [InlineData("2026-05-31T22:30:00", "31.05.2026 22:30")]
    [InlineData("2026-05-31", "31.05.2026 00:00")]
    [InlineData("9999-12-31T23:59:59Z", "31.12.9999 23:59")]
    [InlineData("2026-02-31", "2026-02-31")]
    [InlineData("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00")]
    [InlineData("Monday", "Monday")]
    [InlineData("1/2", "1/2")]
    [InlineData("yesterday at ten or so", "yesterday at ten or so")]
    public void A_moment_is_shown_in_the_profiles_zone_and_what_is_no_date_as_it_is(string value, string expected)
    {
        var scope = new TemplateScope
        {
            Lead = new() { ["d"] = value },
            Zone = TimeZoneInfo.CreateCustomTimeZone("five", TimeSpan.FromHours(5), "five", "five"),
        };

        Sample.Text("{lead.d | date \"dd.MM.yyyy HH:mm\"}", scope).ShouldBe(expected);
    }

    [Theory]
    [InlineData("d MMMM", "31 May")]
    [InlineData("d", "31")]
    [InlineData("yyyy-MM-dd'T'HH:mm:sszzz", "2026-05-31T22:30:00+00:00")]
    [InlineData("HH 'o''clock'", "22 oclock")]
    public void Date_patterns_are_custom_patterns(string pattern, string expected) =>
        Sample.Text($"{{lead.seen | date \"{pattern}\"}}").ShouldBe(expected);

    [Theory]
    [InlineData("date \"DD.MM.YYYY\"", "'D' means nothing here")]
    [InlineData("date \"\"", "1 to 64 characters")]
    [InlineData("date \"dd 'of\"", "a single quote is not closed")]
    [InlineData("date \"ffffffff\"", "not a date pattern")]
    [InlineData("date", "expected a pattern in quotes")]
    [InlineData("number \"N2\"", "'N' means nothing here")]
    [InlineData("number \"X99999999\"", "'X' means nothing here")]
    [InlineData("number \"...\"", "needs a 0 or a #")]
    [InlineData("number 2", "expected a pattern in quotes")]
    [InlineData("default", "expected a value")]
    [InlineData("shout", "\"shout\" is not a filter")]
    [InlineData("", "expected a filter after |")]
    [InlineData("upper lower", "expected }")]
    public void A_filter_that_could_not_work_is_refused_at_save(string filter, string message) =>
        Sample.Refusal($"{{lead.x | {filter}}}").Message.ShouldContain(message);

    [Fact]
    public void Raw_changes_nothing_in_text() => Sample.Parsed("{lead.html | raw}", TemplateKind.Text)
        .Render(Sample.Scope()).Text.ShouldBe(Sample.Text("{lead.html}"));
}
