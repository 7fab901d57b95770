using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Workflows.Steps;

/// <summary>
/// A moment by a date of the profile: so many days before (negative) or after it, at a time on the clock of the profile's zone; of a
/// <c>yearly</c> date its next return. Somebody born on 29 February has the 28th in the other years.
/// </summary>
public sealed record DateRule(string Field, int Days, TimeOnly? Time, bool Yearly)
{
    public static DateRule? Read(NodeReader node)
    {
        var (field, days, time, yearly) = (node.OptionalText("field"), node.Int("days", -3660, 3660, 0), node.Time("time"), node.Bool("yearly"));
        if (field is null) return null;
        if (node.Workspace is { } all && all.Databases.TryGetValue(node.Workflow.Database, out var database)
            && field is not ("_bdate" or "_regdate") && !(database.Fields.TryGetValue(field, out var known) && known.Type == FieldType.Date))
            node.Fail("field", $"database {database.Id} has no date field '{ShortText.Cut(field)}'");
        return new DateRule(field, days, time, yearly);
    }

    /// <summary>The moment; of a yearly date the first that is not before <paramref name="now"/>. Null when the profile has no such date.</summary>
    public long? Next(JsonObject fields, long now, TimeZoneInfo zone)
    {
        if (Read(fields[Field], zone) is not var (day, time)) return null;
        if (!Yearly) return Zones.Moment(Zones.Shift(day, Days), Time ?? time, zone);
        for (var year = Zones.Local(now, zone).Year - 1; ; year++)
        {
            var moment = InYear(day, year, Time ?? time, zone);
            if (moment >= now) return moment;
        }
    }

    private long InYear(DateOnly day, int year, TimeOnly time, TimeZoneInfo zone)
    {
        var fits = Math.Min(day.Day, DateTime.DaysInMonth(year, day.Month));
        return Zones.Moment(Zones.Shift(new DateOnly(year, day.Month, fits), Days), time, zone);
    }

    /// <summary>A day has no zone, so it is that day wherever the profile is; a moment is shown by the profile's clock.</summary>
    private static (DateOnly Day, TimeOnly Time)? Read(JsonNode? value, TimeZoneInfo zone)
    {
        if (NodeReader.Scalar(value) is not { } text) return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return (day, TimeOnly.MinValue);
        if (!Moments.TryParse(text, out var moment)) return null;
        var local = Zones.Local(moment.ToUnixTimeMilliseconds(), zone);
        return (DateOnly.FromDateTime(local), TimeOnly.FromDateTime(local));
    }
}
