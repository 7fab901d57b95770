using Carillon.Templates;
using FsCheck;
using FsCheck.Fluent;

namespace Carillon.Tests.Templates;

public sealed class PropertyTests
{
    static readonly string[] s_scraps =
    [
        "{", "}", "{if ", "{else}", "{else if ", "{end}", "{for x in ", "{for i, x in ", "{lead.", "{x", "lead.tags", "lead._fname",
        "apicontent.items", "x", "x.name", "}", "}", " ", "\n", "|", " | upper", " | default ", " | date \"dd\"", " | json | raw", "\"", "\"a\"", "\\",
        "(", ")", " and ", " or ", "not ", " equal ", " in ", " contains ", " > ", "<=", "1", "-2.5", ".", ",", "true",
        "{jsonpath(apicontent \"$", "..*", "[?(@.n>1)]", "[0]", "\" \"array\")", "{subscription_field(\"sms\" \"phone\")}", "{unsubscribe}",
        "é", "\uD83D\uDE00", "\uD800", "\0", "\r\n", "<", "&",
    ];

    static readonly string[] s_wholes =
    [
        "{lead._fname}", "{lead.html | raw}", "{if lead.vip}", "{if lead.age > 3 and lead.tags contains \"red\"}", "{else}", "{end}", "{end}", "{end}",
        "{for x in lead.tags}", "{for i, x in apicontent.items}", "{x}", "{x.name | capitalize}", "{jsonpath(apicontent \"$..*\" \"array\")}", "text ", "{ b }",
    ];

    static void Holds<T>(Gen<T> gen, Action<T> property, ulong seed) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000).WithEndSize(60).WithReplay(new Replay(new Rnd(seed, 7), null)), Prop.ForAll(gen.ToArbitrary(), property));

    static Gen<string> Of(string[] scraps) => Gen.Elements(scraps).ArrayOf().Select(parts => string.Concat(parts));

    [Fact]
    public void Any_text_is_a_template_or_is_refused_at_one_of_its_characters()
    {
        var refused = 0;
        Holds(Of(s_scraps), source =>
        {
            if (Template.Parse(source, TemplateKind.Html) is not { Error: { } error })
                return;
            refused++;
            var lines = source.Split('\n');
            error.Line.ShouldBeInRange(1, lines.Length);
            // a line's last character is its line break, which the last line does not have
            error.Column.ShouldBeInRange(1, lines[error.Line - 1].Length + (error.Line < lines.Length ? 1 : 0));
            error.Message.ShouldNotBeEmpty();
        }, seed: 11);

        refused.ShouldBeGreaterThan(500);
    }

    [Fact]
    public void Any_template_renders_within_its_limits_or_names_the_limit()
    {
        var (rendered, stopped) = (0, 0);
        var limits = new TemplateLimits { MaxSteps = 60, MaxOutput = 200, MaxDepth = 4 };
        Holds(Of(s_wholes), source =>
        {
            if (Template.Parse(source, TemplateKind.Html).Template is not { } template)
                return;
            var render = template.Render(Sample.Scope() with { Limits = limits });
            (render.Text is null).ShouldBe(render.Error is not null);
            (render.Text ?? "").Length.ShouldBeLessThanOrEqualTo(200);
            _ = render.Error is null ? rendered++ : stopped++;
            render.Error?.ShouldMatch("^line [0-9]+: more than [0-9]+ (steps|characters of output|blocks inside each other)$");
        }, seed: 12);

        rendered.ShouldBeGreaterThan(200);
        stopped.ShouldBeGreaterThan(20);
    }

    [Fact]
    public void Text_without_a_brace_comes_out_as_it_went_in() => Holds(Gen.Choose(0, 0xFFFF).ArrayOf(), units =>
    {
        var text = new string([.. units.Select(unit => (char)unit).Where(c => c != '{')]);
        Sample.Text(text).ShouldBe(text);
    }, seed: 13);

    [Fact]
    public void No_value_gets_markup_through_escaping() => Holds(Gen.Elements("<>&\"'a{;\u0436".ToCharArray()).ArrayOf(), characters =>
    {
        var value = new string(characters);
        var html = Sample.Html("{lead.x}", new TemplateScope { Lead = new() { ["x"] = value } });
        html.ShouldNotContain("<");
        html.ShouldNotContain(">");
        html.ShouldNotContain("\"");
        html.ShouldNotContain("'");
        System.Net.WebUtility.HtmlDecode(html).ShouldBe(value);
    }, seed: 14);

    [Fact]
    public void Templates_made_from_a_tree_render_as_the_tree_says()
    {
        var scope = Sample.Scope();
        Holds(ReferenceTree.Generated, tree => Sample.Text(tree.Source, scope).ShouldBe(tree.Expected), seed: 15);
    }
}
