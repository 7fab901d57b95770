using System.Text.RegularExpressions;

namespace Carillon.Storage;

/// <summary>Regular expressions of callers: without backtracking, so in time that grows with the text alone.</summary>
public static class LinearRegex
{
    /// <summary>The options i, m, s and x, as MongoDB has them.</summary>
    /// <exception cref="NotSupportedException">A lookaround, a back reference, or an automaton that is too large.</exception>
    public static Regex Compile(string pattern, string options)
    {
        var flags = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
        if (options.Contains('i', StringComparison.Ordinal)) flags |= RegexOptions.IgnoreCase;
        if (options.Contains('m', StringComparison.Ordinal)) flags |= RegexOptions.Multiline;
        if (options.Contains('s', StringComparison.Ordinal)) flags |= RegexOptions.Singleline;
        if (options.Contains('x', StringComparison.Ordinal)) flags |= RegexOptions.IgnorePatternWhitespace;
        // Linear in the text; the limit is for a machine that is out of breath, not for the pattern.
        return new Regex(pattern, flags, TimeSpan.FromSeconds(10));
    }
}
