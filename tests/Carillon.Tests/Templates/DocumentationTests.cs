using System.Globalization;
using Carillon.Templates;

namespace Carillon.Tests.Templates;

/// <summary>Every example of <c>docs/templates.md</c>, so that the page stays true.</summary>
public sealed class DocumentationTests
{
    const string Arrow = " => ";

    static readonly string s_page = File.ReadAllText(Path.Combine(Root(), "docs", "templates.md"));
    static readonly TemplateScope s_scope = ReadScope();

    public static TheoryData<string, string> TextExamples => Lines("text examples");
    public static TheoryData<string, string> HtmlExamples => Lines("html examples");
    public static TheoryData<string, string> Refusals => Lines("text refusals");

    [Theory]
    [MemberData(nameof(TextExamples))]
    public void Text_examples_render_as_the_page_says(string template, string result) =>
        Sample.Text(template, s_scope).ShouldBe(result);

    [Theory]
    [MemberData(nameof(HtmlExamples))]
    public void Html_examples_render_as_the_page_says(string template, string result) =>
        Sample.Html(template, s_scope).ShouldBe(result);

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Refusals_are_where_the_page_says(string template, string refusal)
    {
        var error = Sample.Refusal(template);
        var words = refusal.Split(' ', 2);

        $"{error.Line}:{error.Column}".ShouldBe(words[0]);
        error.Message.ShouldContain(words[1]);
    }

    static TheoryData<string, string> Lines(string kind)
    {
        var lines = new TheoryData<string, string>();
        foreach (var line in Blocks(kind).SelectMany(block => block.Split('\n')))
        {
            var parts = line.Split(Arrow);
            parts.Length.ShouldBe(2, line);
            lines.Add(parts[0], parts[1]);
        }
        return lines;
    }

    /// <summary>The fenced blocks whose fence says so.</summary>
    static IEnumerable<string> Blocks(string kind)
    {
        var opening = $"```{kind}\n";
        for (var at = s_page.IndexOf(opening, StringComparison.Ordinal); at >= 0; at = s_page.IndexOf(opening, at, StringComparison.Ordinal))
        {
            at += opening.Length;
            yield return s_page[at..s_page.IndexOf("\n```", at, StringComparison.Ordinal)];
        }
    }

    static TemplateScope ReadScope()
    {
        var data = Sample.Object(Blocks("json data").Single());
        var offset = DateTimeOffset.ParseExact(data["zone"]!.GetValue<string>(), "zzz", CultureInfo.InvariantCulture).Offset;
        return new TemplateScope
        {
            Lead = data["lead"]!.AsObject(),
            Subscription = data["subscription"]!.AsObject(),
            ApiContent = data["apicontent"],
            Json = data["json"],
            Zone = TimeZoneInfo.CreateCustomTimeZone("page", offset, "page", "page"),
        };
    }

    static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Carillon.slnx")))
            directory = directory.Parent;
        return directory.ShouldNotBeNull().FullName;
    }
}
