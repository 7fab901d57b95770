using System.Globalization;

namespace Carillon.Storage;

/// <summary>The moments that the API writes and reads.</summary>
public static class Moments
{
    private static readonly string[] Forms =
    [
        "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd",
    ];

    /// <summary>RFC 3339, also without seconds, as a day, or as <c>YYYY-MM-DD hh:mm:ss</c>. Without an offset it is UTC.</summary>
    public static bool TryParse(string text, out DateTimeOffset moment) => DateTimeOffset.TryParseExact(
        InTicks(text.Trim()), Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out moment);

    /// <summary>Go and Java write nanoseconds; a moment here has seven digits of a second, and the rest is cut off.</summary>
    private static string InTicks(string text)
    {
        var start = text.IndexOf('.', StringComparison.Ordinal) + 1;
        var end = start;
        while (start > 0 && end < text.Length && char.IsAsciiDigit(text[end])) end++;
        return end - start is > 7 and <= 12 ? text.Remove(start + 7, end - start - 7) : text;
    }

    public static string Write(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
