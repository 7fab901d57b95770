using FsCheck;
using FsCheck.Fluent;

namespace Carillon.Tests.Templates;

/// <summary>
/// A template together with what it must render to for <see cref="Sample"/>, both built from the same random choices and
/// without the product's code.
/// </summary>
internal sealed record ReferenceTree(string Source, string Expected)
{
    static readonly ReferenceTree[] s_leaves =
    [
        new("plain ", "plain "), new("{ css }", "{ css }"), new("{lead._fname}", "anna"), new("{lead.nobody}", ""),
        new("{lead.age | default 1}", "34"), new("{apicontent.items.1.name | upper}", "JAM"),
    ];

    static readonly (string Source, bool Holds)[] s_facts =
    [
        ("lead.vip", true), ("lead.blocked", false), ("lead.nobody", false), ("lead.age > 30", true), ("lead.age equal \"35\"", false),
        ("\"red\" in lead.tags", true), ("lead.tags not contains \"red\"", false),
    ];

    public static readonly Gen<ReferenceTree> Generated = Gen.Sized(size => Sequence(Math.Min(size, 4)));

    static Gen<ReferenceTree> Sequence(int depth) =>
        from count in Gen.Choose(0, 3)
        from parts in Gen.ListOf(Single(depth), count)
        select new ReferenceTree(string.Concat(parts.Select(part => part.Source)), string.Concat(parts.Select(part => part.Expected)));

    static Gen<ReferenceTree> Single(int depth) =>
        depth == 0 ? Gen.Elements(s_leaves) : Gen.OneOf(Gen.Elements(s_leaves), Choice(depth - 1), Loop(depth - 1));

    static Gen<ReferenceTree> Choice(int depth) =>
        from first in Logic(depth)
        from second in Logic(depth)
        from bodies in Gen.ListOf(Sequence(depth), 3)
        select new ReferenceTree(
            $"{{if {first.Source}}}{bodies[0].Source}{{else if {second.Source}}}{bodies[1].Source}{{else}}{bodies[2].Source}{{end}}",
            (first.Holds ? bodies[0] : second.Holds ? bodies[1] : bodies[2]).Expected);

    static Gen<ReferenceTree> Loop(int depth) =>
        from body in Sequence(depth)
        select new ReferenceTree(
            $"{{for i, x in lead.tags}}{{i}}{{x}}{body.Source}{{end}}",
            $"0red{body.Expected}1blue{body.Expected}");

    /// <summary>Printed with as few parentheses as the language promises to need: an or inside an and, and around a not.</summary>
    static Gen<(string Source, bool Holds)> Logic(int depth) => depth == 0
        ? Gen.Elements(s_facts)
        : Gen.OneOf(Gen.Elements(s_facts), Negation(depth - 1), Or(depth - 1), And(depth - 1));

    static Gen<(string Source, bool Holds)> Negation(int depth) =>
        from inner in Logic(depth)
        select ($"not ({inner.Source})", !inner.Holds);

    static Gen<(string Source, bool Holds)> Or(int depth) =>
        from left in Logic(depth)
        from right in Logic(depth)
        select ($"{left.Source} or {right.Source}", left.Holds || right.Holds);

    static Gen<(string Source, bool Holds)> And(int depth) =>
        from left in Logic(depth)
        from right in Logic(depth)
        select ($"{Tight(left.Source)} and {Tight(right.Source)}", left.Holds && right.Holds);

    static string Tight(string source) => source.Contains(" or ", StringComparison.Ordinal) ? $"({source})" : source;
}
