namespace Carillon.Tests.Harness;

/// <summary>The clock of a machine that goes wrong by <see cref="By"/>, which somebody may change; its stopwatch goes right.</summary>
public sealed class SkewedClock : TimeProvider
{
    private long _by;

    public TimeSpan By
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _by));
        set => Interlocked.Exchange(ref _by, value.Ticks);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + By;
}
