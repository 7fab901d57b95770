namespace Carillon.Bench.Load;

/// <summary>Counts durations in steps of 10 microseconds up to 10 seconds.</summary>
internal sealed class Latencies
{
    private const double StepMilliseconds = 0.01;
    private readonly int[] counts = new int[1_000_001];
    private long total;

    public long Total => Volatile.Read(ref total);

    public void Add(TimeSpan duration)
    {
        var step = Math.Clamp((int)(duration.TotalMilliseconds / StepMilliseconds), 0, counts.Length - 1);
        Interlocked.Increment(ref counts[step]);
        Interlocked.Increment(ref total);
    }

    /// <summary>The milliseconds within which this share of the durations lies.</summary>
    public double Percentile(double share)
    {
        var wanted = (long)Math.Ceiling(Total * share);
        long seen = 0;
        for (var step = 0; step < counts.Length; step++)
        {
            seen += counts[step];
            if (seen >= wanted) return (step + 1) * StepMilliseconds;
        }
        return counts.Length * StepMilliseconds;
    }

    public Measured Told(string scenario, double perSecond) => new(scenario, perSecond) { P50 = Percentile(0.5), P99 = Percentile(0.99), P999 = Percentile(0.999) };
}
