using Carillon.Storage;

namespace Carillon.Api;

/// <summary><c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>, open to whoever reaches the port: they tell numbers, no data.</summary>
public sealed partial class HealthEndpoints(Database database, PrometheusText metrics, QueueDepth depth, ILogger<HealthEndpoints> logger)
{
    public static IResult Welcome() => Results.Text("Carillon is running. The API is at /api/v1.1/ and described at /docs, the built-in mailbox at /outbox.\n");

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
        try
        {
            var (waiting, oldest) = await depth.ReadAsync(cancel);
            metrics.Gauge(QueueDepth.Waiting, QueueDepth.WaitingHelp, waiting);
            metrics.Gauge(QueueDepth.OldestReady, QueueDepth.OldestReadyHelp, oldest);
        }
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            // Just now the other numbers are wanted most; these two are left out, and /readyz says why.
            LogNoDepth(fault);
            metrics.NoGauges();
        }
        return Results.Text(metrics.Write(), "text/plain; version=0.0.4");
    }

    [LoggerMessage(EventId = 102, Level = LogLevel.Warning, Message = "The queue could not be counted for /metrics")]
    private partial void LogNoDepth(Exception fault);
}
