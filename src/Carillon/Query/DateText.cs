using Carillon.Storage;

namespace Carillon.Query;

/// <summary>
/// Dates are stored as text in one form (<c>2026-02-22T21:00:00.000Z</c>), or as a day without a time, which counts from midnight
/// UTC. In that form the order of the texts is the order of the dates, so that every database compares them without a word of its own.
/// </summary>
public static class DateText
{
    private const string Day = "0000-00-00";
    private const string Moment = "0000-00-00T00:00:00.000Z";
    public const string Midnight = "T00:00:00.000Z";

    /// <summary>Reads a stored value by its form alone.</summary>
    public static bool TryRead(string stored, out string moment)
    {
        moment = stored;
        if (Fits(stored, Moment)) return true;
        if (!Fits(stored, Day)) return false;
        moment = stored + Midnight;
        return true;
    }

    /// <summary>Reads a date as a caller writes it.</summary>
    public static bool TryParse(string given, out string moment)
    {
        var parsed = Moments.TryParse(given, out var at);
        moment = parsed ? Moments.Write(at) : "";
        return parsed;
    }

    public static long Milliseconds(string moment) => Moments.TryParse(moment, out var at) ? at.ToUnixTimeMilliseconds() : 0;

    private static bool Fits(string text, string form)
    {
        if (text.Length != form.Length) return false;
        for (var i = 0; i < form.Length; i++)
        {
            if (form[i] == '0' ? !char.IsAsciiDigit(text[i]) : text[i] != form[i]) return false;
        }
        return true;
    }
}
