using Carillon.Queue;
using Carillon.Storage;

namespace Carillon.Api;

/// <summary><c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>, open to whoever reaches the port: they tell numbers, no data.</summary>
public sealed class HealthEndpoints(Database database, PrometheusText metrics, TimeProvider time)
{
    public static IResult Welcome() => Results.Text("Carillon is running. The API is at /api/v1.1/, the built-in mailbox at /outbox.\n");

    /// <summary>The process answers.</summary>
    public static IResult Healthy() => Results.Text("ok\n");

    /// <summary>The store answers too: send it traffic.</summary>
    public async Task<IResult> Ready(CancellationToken cancel)
    {
        try
        {
            await database.ReadAsync(session => session.QueryAsync("SELECT 1", row => row.GetInt32(0), cancel), cancel);
            return Results.Text("ready\n");
        }
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            return Results.Text($"not ready: {fault.GetType().Name}\n", statusCode: 503);
        }
    }

    public async Task<IResult> Metrics(CancellationToken cancel)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var (waiting, oldest) = await database.ReadAsync(session => DepthAsync(session, now, cancel), cancel);
        metrics.Gauge("carillon_queue_depth", "Messages that wait, due or not.", waiting);
        metrics.Gauge("carillon_queue_oldest_ready_seconds", "Age of the oldest message that is due and still waits. Alarm on it.", oldest == 0 ? 0 : (now - oldest) / 1000.0);
        return Results.Text(metrics.Write(), "text/plain; version=0.0.4");
    }

    private async Task<(long Waiting, long Oldest)> DepthAsync(Session session, long now, CancellationToken cancel)
    {
        long waiting = 0, oldest = 0;
        for (short shard = 0; shard < database.Shards; shard++)
        {
            var depth = await MessageStore.DepthAsync(session, shard, now, cancel);
            waiting += depth.Count;
            if (depth.Oldest > 0 && (oldest == 0 || depth.Oldest < oldest)) oldest = depth.Oldest;
        }
        return (waiting, oldest);
    }
}
