using System.Diagnostics;

namespace Carillon.Bench.Load;

/// <summary>Asks so many times a second, whether or not the server keeps up (an open loop), and notes when each was asked and answered.</summary>
internal sealed class PacedLoad(int port, RequestText request, int connections, int rate)
{
    private long _number = -1;

    /// <summary>Timestamps by number, of <see cref="Stopwatch"/>, which all processes of a machine share.</summary>
    public long[] Asked { get; private set; } = [];
    public long[] Answered { get; private set; } = [];

    /// <summary>How long after its time the last call was made: the server could not keep up, or this machine could not.</summary>
    public TimeSpan Late { get; private set; }

    public async Task RunAsync(TimeSpan time, long first)
    {
        var count = (int)(rate * time.TotalSeconds);
        (Asked, Answered, _number) = (new long[count], new long[count], -1);
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => RunOneAsync(started, count, first))));
    }

    private async Task RunOneAsync(long started, int count, long first)
    {
        using var connection = new RawConnection();
        await connection.OpenAsync(port);
        var bytes = request.Copy();
        while (Interlocked.Increment(ref _number) is var number && number < count)
        {
            var due = started + number * Stopwatch.Frequency / rate;
            var early = TimeSpan.FromSeconds((double)(due - Stopwatch.GetTimestamp()) / Stopwatch.Frequency);
            if (early > TimeSpan.Zero) await Task.Delay(early, TimeProvider.System);
            request.Put(bytes, first + number);
            Asked[number] = Stopwatch.GetTimestamp();
            if (number == count - 1) Late = Stopwatch.GetElapsedTime(due, Asked[number]);
            await connection.AskAsync(bytes);
            Answered[number] = Stopwatch.GetTimestamp();
        }
    }
}
