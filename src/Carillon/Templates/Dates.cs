using System.Globalization;

namespace Carillon.Templates;

internal static class Dates
{
    /// <summary>With an offset it is moved to the zone. A date alone, or a time that names no zone, stands as written.</summary>
    public static DateTimeOffset? Read(string text, TimeZoneInfo zone)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        if (!LooksLikeMoment(text) || !TryParse(text, out var moment))
            return null;
        return NamesOffset(text) ? TimeZoneInfo.ConvertTime(moment, zone) : moment;
    }

    static bool TryParse(string text, out DateTimeOffset moment) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out moment);

    // The framework reads far more than RFC 3339 ("Monday", "1/2"); a customer's text must not turn into a date by luck.
    static bool LooksLikeMoment(string text) =>
        text.Length is >= 16 and <= 40 && text[4] == '-' && text[7] == '-' && text[10] is 'T' or 't' or ' '
        && text[13] == ':';

    static bool NamesOffset(string text) => text[^1] is 'Z' or 'z' || text.AsSpan(11).IndexOfAny('+', '-') >= 0;
}
