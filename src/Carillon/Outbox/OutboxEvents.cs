using System.Globalization;
using System.Threading.Channels;

namespace Carillon.Outbox;

/// <summary>
/// Tells open pages that mails arrived (Server-Sent Events). What is told is the number of the newest mail, first of all at
/// the beginning; so a page that lost its connection learns on the next one what it missed.
/// </summary>
public sealed class OutboxEvents(OutboxStore store, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private const int MostListeners = 32;
    /// <summary>Keeps the connection from looking dead to what is in between.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(20);

    private int _listeners;

    public async Task ListenAsync(HttpContext context)
    {
        try
        {
            if (Interlocked.Increment(ref _listeners) > MostListeners) context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            else await TellAsync(context);
        }
        finally
        {
            Interlocked.Decrement(ref _listeners);
        }
    }

    private async Task TellAsync(HttpContext context)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        // One place: however many mails arrive while a page is being told, it is woken once more.
        var woken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        void Wake() => woken.Writer.TryWrite(true);
        store.Received += Wake;
        await using var heartbeat = time.CreateTimer(_ => Wake(), null, Heartbeat, Heartbeat);
        try
        {
            context.Response.ContentType = "text/event-stream";
            await TellAsync(context.Response, woken.Reader, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The page was closed, or the server stops.
        }
        finally
        {
            store.Received -= Wake;
        }
    }

    private async Task TellAsync(HttpResponse response, ChannelReader<bool> woken, CancellationToken cancel)
    {
        var told = -1L;
        do
        {
            var newest = await store.NewestAsync(cancel);
            var line = newest == told ? ": still here\n\n" : string.Create(CultureInfo.InvariantCulture, $"event: mails\ndata: {newest}\n\n");
            await response.WriteAsync(line, cancel);
            await response.Body.FlushAsync(cancel);
            told = newest;
            await woken.ReadAsync(cancel);
        }
        while (true);
    }
}
