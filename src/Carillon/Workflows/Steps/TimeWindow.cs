namespace Carillon.Workflows.Steps;

/// <summary>When something may happen: on some weekdays, from a time (inclusive) to a time (exclusive) on the clock of the profile's zone. A window
/// that ends before it begins runs past midnight, and belongs to the day on which it begins.</summary>
public sealed record TimeWindow(IReadOnlyList<DayOfWeek> Days, TimeOnly From, TimeOnly To)
{
    private static readonly string[] Words = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    public static TimeWindow? Read(NodeReader node)
    {
        if (node.Inside("window") is not { } inside) return null;
        var days = inside.Words("weekdays", Words).Select(word => (DayOfWeek)Array.IndexOf(Words, word)).Distinct().ToList();
        var window = new TimeWindow(days.Count == 0 ? [.. Enum.GetValues<DayOfWeek>()] : days, inside.Time("from") ?? TimeOnly.MinValue, inside.Time("to") ?? TimeOnly.MinValue);
        inside.Finish();
        return window;
    }

    /// <summary>The first moment of the window that is not before <paramref name="moment"/>.</summary>
    public long Next(long moment, TimeZoneInfo zone)
    {
        var today = DateOnly.FromDateTime(Zones.Local(moment, zone));
        // From yesterday, whose window may run past midnight, to the same weekday of next week. A window that a clock change swallows is skipped.
        for (var day = today.AddDays(-1); ; day = day.AddDays(1))
        {
            if (!Days.Contains(day.DayOfWeek)) continue;
            var begins = Zones.Moment(day, From, zone);
            var ends = Zones.Moment(To > From ? day : day.AddDays(1), To, zone);
            if (moment < ends && begins < ends) return Math.Max(moment, begins);
        }
    }
}
