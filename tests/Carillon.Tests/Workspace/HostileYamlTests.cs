using System.Text;
using Carillon.Workspace;

namespace Carillon.Tests.Workspace;

public sealed class HostileYamlTests
{
    public static TheoryData<string, string, string> Files => new()
    {
        { "empty", "", "the file is empty" },
        { "blank", " \n\n", "the file is empty" },
        { "only a comment", "# nothing", "the file is empty" },
        { "null", "~", "the file is empty" },
        { "a word", "hello", "must be a mapping" },
        { "a list", "- tokens", "must be a mapping" },
        { "two documents", "tokens: []\n---\ntokens: []", "second document" },
        { "a tab as indent", "tokens:\n\t- name: a", "line 2, column 1: a tab is not allowed" },
        { "a tab below old line ends", "a: b\r\rtokens:\r\t- name: a", "line " },
        { "an open bracket", "tokens: [", "line 2" },
        { "an open quote", "tokens: \"abc", "line 1" },
        { "bytes", "\u0001\u0002\uFFFD\u0000PNG", "line 1" },
        { "a NUL", "tokens: [{name: \"a\\0b\"}]", "not text" },
        { "half a surrogate", "tokens: [{name: \"\\uD800\"}]", "line 1" },
        { "a tag", "tokens: !!binary aGVsbG8=", "has no meaning here" },
        { "a list as key", "? [a]\n: b", "a key must be text" },
        { "an unknown alias", "tokens: *nobody", "there is no anchor" },
        { "an alias of itself", "tokens: &t [*t]", "may not stand inside" },
        { "nested lists", new string('[', 10_000), "nested more than 64 deep" },
        { "nested mappings", string.Concat(Enumerable.Repeat("{a: ", 10_000)), "nested more than 64 deep" },
        { "nested dashes", string.Concat(Enumerable.Repeat("- ", 10_000)) + "a", "nested more than 64 deep" },
        { "billion laughs", Laughs(), "may not stand inside" },
        { "many aliases", "a: &a x\nb: [" + string.Join(", ", Enumerable.Repeat("*a", 101)) + "]", "more than 100 aliases" },
        { "heavy aliases", "a: &a " + new string('x', 1_000_000) + "\nb: [" + string.Join(", ", Enumerable.Repeat("*a", 30)) + "]", "too large with its aliases" },
        { "too large", "tokens: " + new string('x', YamlTree.MaxSize), "larger than 10 MB" },
        { "a huge scalar", "tokens: " + new string('x', YamlTree.MaxSize - 100), "must be a list" },
        { "a huge name", "tokens: [{name: " + new string('x', 1_000_000) + "}]", "at most 100" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Hostile_text_gets_an_error_with_a_place(string what, string yaml, string expected)
    {
        var result = Given.Parsed(yaml);

        result.File.ShouldBeNull(what);
        var first = result.Errors[0].ToString();
        first.ShouldStartWith("line ");
        first.ShouldContain(expected);
        first.Length.ShouldBeLessThan(300);
    }

    [Fact]
    public void Countless_mistakes_give_a_thousand_errors()
    {
        var yaml = new StringBuilder("tokens:\n").Insert(8, "- 1\n", 100_000).ToString();

        var errors = Given.Parsed(yaml).Errors;

        errors.Count.ShouldBe(WorkspaceErrors.Limit + 1);
        errors[^1].Message.ShouldBe("there are more errors; 1000 are shown");
    }

    [Fact]
    public void A_mangled_example_never_throws()
    {
        var example = Given.Example;
        const string signs = "{}[]:,-#&*!|>'\"%@`\t\n \0\uD800";
        var dice = new Random(7);
        var refused = 0;
        for (var round = 0; round < 2000; round++)
        {
            var mangled = new StringBuilder(example);
            for (var i = 0; i < 3; i++) mangled[dice.Next(mangled.Length)] = signs[dice.Next(signs.Length)];
            if (Given.Parsed(mangled.ToString()) is { File: null, Errors.Count: > 0 }) refused++;
        }
        refused.ShouldBeGreaterThan(1000);
    }

    private static string Laughs()
    {
        var yaml = new StringBuilder("a0: &a0 lol\n");
        for (var i = 1; i < 10; i++) yaml.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n");
        return yaml.ToString();
    }
}
