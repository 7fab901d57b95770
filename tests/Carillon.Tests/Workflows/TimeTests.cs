using System.Net;
using System.Text.Json.Nodes;
using Carillon.Workflows;
using Carillon.Workflows.Steps;

namespace Carillon.Tests.Workflows;

/// <summary>Clocks on walls: both edges of daylight saving, leap days, renamed zones.</summary>
public sealed class TimeTests
{
    [Theory]
    [InlineData("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:00:00Z")] // skipped: the clock goes from 02:00 to 03:00
    [InlineData("Europe/Berlin", "2026-03-29", "01:59", "2026-03-29T00:59:00Z")]
    [InlineData("Europe/Berlin", "2026-03-29", "03:00", "2026-03-29T01:00:00Z")]
    [InlineData("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30:00Z")] // twice: the first
    [InlineData("Europe/Berlin", "2026-10-25", "03:00", "2026-10-25T02:00:00Z")]
    [InlineData("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:00:00Z")]
    [InlineData("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30:00Z")] // a gap of half an hour
    [InlineData("Asia/Kathmandu", "2026-01-01", "00:00", "2025-12-31T18:15:00Z")]
    public void A_local_time_is_one_moment(string zone, string day, string time, string expected) =>
        At(Zones.Moment(DateOnly.Parse(day), TimeOnly.Parse(time), Zones.Find(zone)!)).ShouldBe(DateTimeOffset.Parse(expected));

    [Theory]
    [InlineData("Europe/Kyiv", "Europe/Kiev")]
    [InlineData("Asia/Kolkata", "Asia/Calcutta")]
    [InlineData("America/Nuuk", "America/Godthab")]
    public void A_renamed_zone_is_found_by_both_names(string one, string other) =>
        Zones.Find(one)!.BaseUtcOffset.ShouldBe(Zones.Find(other)!.BaseUtcOffset);

    [Theory]
    [InlineData("mon,tue,wed,thu,fri", "09:00", "18:00", "Europe/Berlin", "2026-03-27T18:00:00Z", "2026-03-30T07:00:00Z")] // over the weekend of the change
    [InlineData("mon,tue,wed,thu,fri", "09:00", "18:00", "Europe/Berlin", "2026-03-27T10:00:00Z", "2026-03-27T10:00:00Z")]
    [InlineData("sun", "02:00", "03:00", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-04-05T00:00:00Z")] // a window that does not exist on the 29th
    [InlineData("sat", "22:00", "02:00", "UTC", "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z")] // still Saturday's night
    [InlineData("sat", "22:00", "02:00", "UTC", "2026-03-29T02:00:00Z", "2026-04-04T22:00:00Z")]
    [InlineData("mon", "00:00", "00:00", "UTC", "2026-03-31T00:00:00Z", "2026-04-06T00:00:00Z")] // the whole day
    public void The_next_moment_of_a_window(string days, string from, string to, string zone, string now, string expected)
    {
        string[] words = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
        var window = new TimeWindow([.. days.Split(',').Select(word => (DayOfWeek)Array.IndexOf(words, word))], TimeOnly.Parse(from), TimeOnly.Parse(to));
        At(window.Next(Moment(now), Zones.Find(zone)!)).ShouldBe(DateTimeOffset.Parse(expected));
    }

    [Theory]
    [InlineData("1990-05-10", 0, "10:00", true, "Europe/Moscow", "2026-01-01T00:00:00Z", "2026-05-10T07:00:00Z")]
    [InlineData("1990-05-10", -3, "10:00", true, "Europe/Moscow", "2026-05-08T00:00:00Z", "2027-05-07T07:00:00Z")]
    [InlineData("1992-02-29", 0, "00:00", true, "UTC", "2026-01-01T00:00:00Z", "2026-02-28T00:00:00Z")]
    [InlineData("1992-02-29", 0, "00:00", true, "UTC", "2028-01-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("1990-12-31", 1, "00:00", true, "Pacific/Auckland", "2026-12-31T00:00:00Z", "2026-12-31T11:00:00Z")] // the new year begins earlier there
    [InlineData("2026-03-29", 0, "02:30", false, "Europe/Berlin", "2026-01-01T00:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("2026-02-22T21:00:00Z", 0, null, false, "Europe/Moscow", "2026-01-01T00:00:00Z", "2026-02-22T21:00:00Z")]
    public void A_date_of_the_profile(string date, int days, string? time, bool yearly, string zone, string now, string expected)
    {
        var rule = new DateRule("_bdate", days, time is null ? null : TimeOnly.Parse(time), yearly);
        At(rule.Next(new JsonObject { ["_bdate"] = date }, Moment(now), Zones.Find(zone)!)!.Value).ShouldBe(DateTimeOffset.Parse(expected));
    }

    [Theory]
    [InlineData("9999-12-31", 1, "UTC", false)]
    [InlineData("9999-12-31", 1, "UTC", true)]
    [InlineData("9999-12-31", 0, "America/New_York", false)]
    [InlineData("0001-01-01", 0, "Europe/Berlin", false)]
    [InlineData("0001-01-01", -1, "UTC", false)]
    [InlineData("0001-01-01T00:00:00Z", 0, "America/New_York", false)]
    public void A_date_at_an_end_of_time_is_a_moment_there_or_none(string date, int days, string zone, bool yearly)
    {
        var moment = new DateRule("_bdate", days, new TimeOnly(23, 59), yearly).Next(new JsonObject { ["_bdate"] = date }, Moment("2026-01-01T00:00:00Z"), Zones.Find(zone)!);
        if (moment is { } at) At(at).Year.ShouldBeInRange(1, 9999);
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.168.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::", false)]
    [InlineData("2001:0:a00:1::", false)]
    public void Which_addresses_are_of_the_open_internet(string address, bool isPublic) => PublicAddress.Is(IPAddress.Parse(address)).ShouldBe(isPublic);

    private static DateTimeOffset At(long moment) => DateTimeOffset.FromUnixTimeMilliseconds(moment);

    private static long Moment(string text) => DateTimeOffset.Parse(text).ToUnixTimeMilliseconds();
}
