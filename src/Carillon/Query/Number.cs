using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Carillon.Query;

/// <summary>
/// A number of a document or of a filter: whole ones of 64 bits are exact, all others are doubles, as in the databases.
/// 5.0 is the whole number 5.
/// </summary>
public readonly record struct Number(long Whole, double Real, bool IsWhole)
{
    /// <summary>2 to the power of 63: the first double that is no <see cref="long"/> any more.</summary>
    private const double Beyond = 9223372036854775808.0;

    /// <summary>Below this every whole number is a double of its own.</summary>
    public const long MaxExactDouble = 1L << 53;

    public static Number Of(long whole) => new(whole, whole, true);

    public static Number Of(double real) => real is >= -Beyond and < Beyond && Math.Truncate(real) == real ? Of((long)real) : new(0, real, false);

    public static Number Of(JsonValue value)
    {
        if (value.TryGetValue<JsonElement>(out var element)) return element.TryGetInt64(out var stored) ? Of(stored) : Of(element.GetDouble());
        if (value.TryGetValue<long>(out var whole)) return Of(whole);
        if (value.TryGetValue<double>(out var real)) return Of(real);
        // A decimal, or a narrower number: its text tells it exactly, a cast would not.
        var text = value.ToJsonString();
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out whole) ? Of(whole) : Of(double.Parse(text, CultureInfo.InvariantCulture));
    }

    public int CompareTo(Number other) => (IsWhole, other.IsWhole) switch
    {
        (true, true) => Whole.CompareTo(other.Whole),
        (false, false) => Real.CompareTo(other.Real),
        (true, false) => Compare(Whole, other.Real),
        _ => -Compare(other.Whole, Real),
    };

    /// <summary>A double that is not whole, or beyond 64 bits: so they are never equal.</summary>
    private static int Compare(long whole, double real)
    {
        if (real >= Beyond) return -1;
        if (real < -Beyond) return 1;
        var floor = Math.Floor(real);
        return whole <= floor ? -1 : 1;
    }
}
