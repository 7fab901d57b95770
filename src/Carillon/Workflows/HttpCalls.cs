using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Storage;

namespace Carillon.Workflows;

/// <summary>Makes the requests of runs: a bounded number at once, never to addresses inside the network unless that is allowed, no redirects,
/// and no more of an answer than fits a run.</summary>
public sealed class HttpCalls : IDisposable
{
    /// <summary>The most bytes of an answer that are read; a longer one counts as failed.</summary>
    public const int MaxAnswer = 256 * 1024;

    /// <summary>How many calls may wait here, with those under way: so many that one follows the other at once, so few that what they hold stays small and
    /// none waits longer than the one before it takes.</summary>
    public int Most { get; }

    private readonly HttpClient _http;
    private readonly SemaphoreSlim _places;
    private readonly bool _allowPrivate;
    private readonly TimeProvider _time;

    public HttpCalls(WorkflowSettings settings, TimeProvider time)
    {
        _time = time;
        _allowPrivate = settings.AllowPrivateAddresses;
        Most = 2 * settings.HttpRequests;
        _places = new SemaphoreSlim(settings.HttpRequests);
        // A proxy would connect in our place, past the check of addresses.
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, ConnectCallback = ConnectAsync, PooledConnectionLifetime = TimeSpan.FromMinutes(2) })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>What the run remembers of it: <c>status</c> and <c>body</c>, or <c>error</c>, or <c>unasked</c> when there was no place for it in time.
    /// Never throws but for a stop.</summary>
    public async Task<JsonObject> SendAsync(HttpCall call, CancellationToken stop)
    {
        await _places.WaitAsync(stop);
        try
        {
            if (_time.GetUtcNow().ToUnixTimeMilliseconds() > call.NotAfter) return new JsonObject { ["unasked"] = true };
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stop);
            timeout.CancelAfter(call.Timeout);
            return await AskAsync(call, timeout.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new JsonObject { ["error"] = $"no answer within {call.Timeout.TotalSeconds} seconds" };
        }
        catch (HttpRequestException fault) when (fault.InnerException is PrivateAddressException refused)
        {
            return new JsonObject { ["error"] = refused.Message, ["refused"] = true };
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or FormatException or InvalidOperationException)
        {
            return new JsonObject { ["error"] = ShortText.Cut(fault.Message, 200) };
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _places.Dispose();
    }

    private async Task<JsonObject> AskAsync(HttpCall call, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(new HttpMethod(call.Method), call.Url);
        if (call.Body is not null) request.Content = new StringContent(call.Body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in call.Headers)
        {
            if (request.Headers.TryAddWithoutValidation(name, value)) continue;
            request.Content?.Headers.Remove(name);
            request.Content?.Headers.TryAddWithoutValidation(name, value);
        }
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        var answer = new JsonObject { ["status"] = (int)response.StatusCode };
        var text = await ReadAsync(response, cancel);
        if (text is null) return new JsonObject { ["error"] = $"the answer is longer than {MaxAnswer >> 10} KB", ["refused"] = true };
        answer["body"] = Parsed(text);
        return answer;
    }

    private static async Task<string?> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        var buffer = new byte[MaxAnswer + 1];
        var length = 0;
        for (int read; length < buffer.Length && (read = await stream.ReadAsync(buffer.AsMemory(length), cancel)) > 0;) length += read;
        return length > MaxAnswer ? null : Encoding.UTF8.GetString(buffer, 0, length);
    }

    /// <summary>JSON as such; any other text as text.</summary>
    private static JsonNode? Parsed(string text)
    {
        try
        {
            var parsed = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { MaxDepth = 32 });
            // Reads it through once, so that a twin key or half a surrogate pair is found here.
            _ = parsed?.ToJsonString();
            return JsonNode.DeepEquals(parsed, parsed) ? parsed : null;
        }
        catch (Exception none) when (none is JsonException or ArgumentException or InvalidOperationException)
        {
            return text.Replace('\0', '\uFFFD');
        }
    }

    /// <summary>Connects to an address that was just looked at, so that no second answer of the name server can slip in.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var host = context.DnsEndPoint.Host;
        var addresses = await Dns.GetHostAddressesAsync(host, cancel);
        if (!_allowPrivate && Array.Find(addresses, address => !PublicAddress.Is(address)) is { } inside)
            throw new PrivateAddressException($"{host} is {inside}, an address inside a network; the setting Workflows:AllowPrivateAddresses allows such requests");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed class PrivateAddressException(string message) : IOException(message);
}
