using Carillon.Profiles;

namespace Carillon.Workflows;

/// <summary>Time zones by their IANA names, and moments by the clock on somebody's wall.</summary>
public static class Zones
{
    /// <summary>Zones that were renamed, both ways: a name is found whichever of the two the machine's tables know.</summary>
    private static readonly Dictionary<string, string> Renamed = new(StringComparer.Ordinal)
    {
        ["Europe/Kyiv"] = "Europe/Kiev", ["Europe/Kiev"] = "Europe/Kyiv",
        ["Asia/Kolkata"] = "Asia/Calcutta", ["Asia/Calcutta"] = "Asia/Kolkata",
        ["Asia/Ho_Chi_Minh"] = "Asia/Saigon", ["Asia/Saigon"] = "Asia/Ho_Chi_Minh",
        ["Asia/Kathmandu"] = "Asia/Katmandu", ["Asia/Katmandu"] = "Asia/Kathmandu",
        ["Asia/Yangon"] = "Asia/Rangoon", ["Asia/Rangoon"] = "Asia/Yangon",
        ["America/Nuuk"] = "America/Godthab", ["America/Godthab"] = "America/Nuuk",
        ["America/Argentina/Buenos_Aires"] = "America/Buenos_Aires", ["America/Buenos_Aires"] = "America/Argentina/Buenos_Aires",
        ["Pacific/Kanton"] = "Pacific/Enderbury", ["Pacific/Enderbury"] = "Pacific/Kanton",
        ["Atlantic/Faroe"] = "Atlantic/Faeroe", ["Atlantic/Faeroe"] = "Atlantic/Faroe",
    };

    /// <summary>The profile's zone, or UTC.</summary>
    public static TimeZoneInfo Of(Profile profile) => Find((string?)profile.Fields["_tz"]) ?? TimeZoneInfo.Utc;

    public static TimeZoneInfo? Find(string? name)
    {
        if (string.IsNullOrEmpty(name)) return null;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)) return zone;
        return Renamed.TryGetValue(name, out var other) && TimeZoneInfo.TryFindSystemTimeZoneById(other, out zone) ? zone : null;
    }

    /// <summary>So many days later; at most the last day that there is, and at least the first.</summary>
    public static DateOnly Shift(DateOnly day, int days) => DateOnly.FromDayNumber(Math.Clamp(day.DayNumber + days, DateOnly.MinValue.DayNumber, DateOnly.MaxValue.DayNumber));

    /// <summary>
    /// The moment when the clock shows a time. An hour that is skipped in spring: the first moment after it. One that comes twice in
    /// autumn: its first.
    /// </summary>
    public static long Moment(DateOnly day, TimeOnly time, TimeZoneInfo zone)
    {
        var local = day.ToDateTime(time, DateTimeKind.Unspecified);
        if (zone.IsInvalidTime(local)) local = EndOfGap(local, zone);
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        // In New York the last day ends when there are no moments any more.
        var ticks = Math.Clamp(local.Ticks - offset.Ticks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks);
        return new DateTimeOffset(ticks, TimeSpan.Zero).ToUnixTimeMilliseconds();
    }

    /// <summary>What the clock shows at a moment.</summary>
    public static DateTime Local(long moment, TimeZoneInfo zone) => TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(moment), zone).DateTime;

    /// <summary>Gaps begin and end on whole minutes.</summary>
    private static DateTime EndOfGap(DateTime local, TimeZoneInfo zone)
    {
        var minute = local.Date.AddMinutes(Math.Floor(local.TimeOfDay.TotalMinutes));
        while (zone.IsInvalidTime(minute)) minute = minute.AddMinutes(1);
        return minute;
    }
}
