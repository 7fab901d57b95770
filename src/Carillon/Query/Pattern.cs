using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Carillon.Storage;

namespace Carillon.Query;

/// <summary>
/// A caller's regular expression. It runs without backtracking, in time that grows with the text alone, so lookarounds and back
/// references are not to be had.
/// </summary>
public sealed class Pattern
{
    private readonly Regex _regex;

    private Pattern(string text, string options, Regex regex) => (Text, Options, _regex) = (text, options, regex);

    public string Text { get; }
    /// <summary>Of <c>i</c>, <c>m</c>, <c>s</c>, <c>x</c>, each at most once, in this order.</summary>
    public string Options { get; }

    public bool IsMatch(string text) => _regex.IsMatch(text);

    /// <summary>What a text must begin with to match: a pattern like <c>^abc.*</c> asks for <c>abc</c>. Empty where nothing is sure.</summary>
    public string Prefix
    {
        get
        {
            if (Options.Length > 0 || !Text.StartsWith('^') || Text.Contains('|', StringComparison.Ordinal)) return "";
            var end = 1;
            while (end < Text.Length && (char.IsLetterOrDigit(Text[end]) || Text[end] is '@' or '-' or '_' or ' ')) end++;
            // What follows may make the last character optional.
            if (end < Text.Length && Text[end] is '?' or '*' or '{') end--;
            return Text[1..Math.Max(1, end)];
        }
    }

    public static (Pattern? Pattern, string Problem) Read(string text, string options)
    {
        if (text.Length > QueryLimits.MaxPattern) return (null, $"is longer than {QueryLimits.MaxPattern} characters");
        if (text.Contains('\0')) return (null, "holds the character U+0000");
        if (options.FirstOrDefault(option => !"imsxu".Contains(option, StringComparison.Ordinal)) is var stray and not '\0') return (null, $"has the option '{stray}'; known are i, m, s and x");
        if (Repeats(text) > QueryLimits.MaxPatternRepeats) return (null, $"repeats too much: its counts in braces multiply to more than {QueryLimits.MaxPatternRepeats}");
        var used = string.Concat("imsx".Where(option => options.Contains(option, StringComparison.Ordinal)));
        try
        {
            return (new Pattern(text, used, LinearRegex.Compile(text, used)), "");
        }
        catch (NotSupportedException)
        {
            return (null, "uses a lookaround, a back reference, an atomic group or a condition, or is too large; those would take more than linear time");
        }
        catch (ArgumentException broken)
        {
            return (null, $"is not a regular expression: {broken.Message}");
        }
    }

    /// <summary>The product of all counts in braces: an upper bound of how often the innermost part stands in the automaton.</summary>
    private static double Repeats(string text)
    {
        double product = 1;
        for (var open = text.IndexOf('{', StringComparison.Ordinal); open >= 0; open = text.IndexOf('{', open + 1))
        {
            var close = text.IndexOf('}', open);
            if (close < 0) break;
            foreach (var part in text[(open + 1)..close].Split(','))
            {
                if (double.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var count)) product *= Math.Max(1, count);
            }
        }
        return product;
    }

    public override string ToString() => new StringBuilder("/").Append(Text).Append('/').Append(Options).ToString();
}
