using System.Globalization;

namespace Carillon.Templates;

/// <summary>
/// Date and number patterns, judged when the template is saved: the framework prints letters it does not know, so that
/// "DD.MM.YYYY" would go out as "DD.01.YYYY".
/// </summary>
internal static class Patterns
{
    const int MaxLength = 64;

    /// <summary>What is wrong with it, or null.</summary>
    public static string? DateFault(string pattern)
    {
        if (CommonFault(pattern, "dMyHhmsfFtzK") is { } fault)
            return fault;
        try
        {
            _ = DateTimeOffset.UnixEpoch.ToString(ForDates(pattern), CultureInfo.InvariantCulture);
            return null;
        }
        catch (FormatException)
        {
            return "not a date pattern";
        }
    }

    public static string? NumberFault(string pattern) =>
        CommonFault(pattern, "") ?? (pattern.AsSpan().IndexOfAny('0', '#') < 0 ? "a number pattern needs a 0 or a #" : null);

    /// <summary>A single letter would mean one of the framework's ready-made formats.</summary>
    public static string ForDates(string pattern) => pattern.Length == 1 ? "%" + pattern : pattern;

    static string? CommonFault(string pattern, string letters)
    {
        if (pattern.Length is 0 or > MaxLength)
            return $"a pattern has 1 to {MaxLength} characters";
        var quoted = false;
        foreach (var c in pattern)
        {
            if (c == '\'')
                quoted = !quoted;
            else if (!quoted && (char.IsLetter(c) ? !letters.Contains(c) : c is '\\' or '"' or '%' && letters.Length > 0))
                return $"'{c}' means nothing here; put plain words in single quotes";
        }
        return quoted ? "a single quote is not closed" : null;
    }
}
