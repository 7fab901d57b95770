using System.Diagnostics;
using Carillon.Bench.Children;

namespace Carillon.Bench.Load;

/// <summary>Asks over several connections at once, each again as soon as it was answered (a closed loop).</summary>
internal sealed class HttpLoad(int port, RequestText request, int connections)
{
    public static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);
    private Latencies? measuring;

    /// <summary>Asks for the numbers from 0 up to <paramref name="count"/>, as fast as it goes.</summary>
    public Task FillAsync(long count, long from = 0)
    {
        var next = from - 1;
        return RunAsync(() => Interlocked.Increment(ref next) is var number && number < count ? number : -1);
    }

    /// <summary>Warms the server up, then measures for some seconds. Numbers come from <paramref name="next"/>, which any thread calls.</summary>
    public async Task<Measured> MeasureAsync(string scenario, Child server, TimeSpan time, Func<long> next, TimeSpan? warmUp = null)
    {
        var stopped = false;
        var running = RunAsync(() => Volatile.Read(ref stopped) ? -1 : next());
        await Task.WhenAny(running, Task.Delay(warmUp ?? WarmUp, TimeProvider.System));

        var latencies = new Latencies();
        var (cpu, started) = (server.ProcessorTime(), Stopwatch.GetTimestamp());
        Volatile.Write(ref measuring, latencies);
        await Task.WhenAny(running, Task.Delay(time, TimeProvider.System));
        Volatile.Write(ref measuring, null);
        var (elapsed, used) = (Stopwatch.GetElapsedTime(started), server.ProcessorTime() - cpu);

        Volatile.Write(ref stopped, true);
        await running;
        return latencies.Told(scenario, latencies.Total / elapsed.TotalSeconds) with { ServerMicroseconds = used.TotalMicroseconds / latencies.Total };
    }

    /// <summary>Asks until it is given a number below 0.</summary>
    public Task RunAsync(Func<long> next) => Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => RunOneAsync(next))));

    private async Task RunOneAsync(Func<long> next)
    {
        using var connection = new RawConnection();
        await connection.OpenAsync(port);
        var bytes = request.Copy();
        while (next() is >= 0 and var number)
        {
            request.Put(bytes, number);
            var asked = Stopwatch.GetTimestamp();
            await connection.AskAsync(bytes);
            Volatile.Read(ref measuring)?.Add(Stopwatch.GetElapsedTime(asked));
        }
    }
}
