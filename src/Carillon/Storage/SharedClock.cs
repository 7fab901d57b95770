namespace Carillon.Storage;

/// <summary>
/// The time as the database server has it, so that machines whose clocks differ agree. Between two looks at the server it runs on with
/// the machine's stopwatch: when somebody sets the machine's clock, nothing here moves.
/// </summary>
public sealed class SharedClock(TimeProvider machine) : TimeProvider
{
    private sealed record Look(DateTimeOffset Time, long Stamp);

    private Look? _last;

    public override DateTimeOffset GetUtcNow() => Volatile.Read(ref _last) is { } last ? last.Time + machine.GetElapsedTime(last.Stamp) : machine.GetUtcNow();

    public override long GetTimestamp() => machine.GetTimestamp();

    public override long TimestampFrequency => machine.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => machine.CreateTimer(callback, state, dueTime, period);

    /// <summary>Takes what the server answered to a question that was asked at <paramref name="asked"/>.</summary>
    public void Set(DateTimeOffset server, long asked)
    {
        var now = machine.GetTimestamp();
        Volatile.Write(ref _last, new Look(server + machine.GetElapsedTime(asked, now) / 2, now));
    }
}
