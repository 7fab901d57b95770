using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Carillon.Tests.Crash;

/// <summary>Several clients that launch a message each, again and again, each time to a new address, and keep what was acknowledged.</summary>
internal sealed class LaunchLoad(int connections, Func<int> delivered) : IDisposable
{
    public const string Token = "2fefb577533d4cae919350c450755239";
    /// <summary>The clients pause while so many acknowledged messages still wait, so that kills hit the intake and the delivery alike.</summary>
    private const int MostWaiting = 500;

    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = connections });
    private readonly ConcurrentDictionary<string, string> acknowledged = new();
    private TaskCompletionSource underWay = new();
    private int asked;

    /// <summary>The addresses whose launch was answered with error 0, each with its Launch-ID.</summary>
    public IReadOnlyDictionary<string, string> Acknowledged => acknowledged;
    public int Asked => Volatile.Read(ref asked);
    /// <summary>Done when the present run has its first acknowledgement.</summary>
    public Task UnderWay => underWay.Task;

    /// <summary>Launches until the server is gone or the load is told to stop.</summary>
    public Task RunAsync(Uri server, int triggerId, CancellationToken stop)
    {
        underWay = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => RunOneAsync(server, triggerId, stop), CancellationToken.None)));
    }

    private async Task RunOneAsync(Uri server, int triggerId, CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await LaunchAsync(server, triggerId);
                while (acknowledged.Count - delivered() > MostWaiting) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, stop);
            }
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException or OperationCanceledException)
        {
            // The server died, perhaps in the middle of an answer. Such a launch was not acknowledged: it may be there or not.
        }
    }

    private async Task LaunchAsync(Uri server, int triggerId)
    {
        var address = $"a{Interlocked.Increment(ref asked)}@example.com";
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, "api/v1.1/campaigns/triggers/import_and_start"))
        {
            Content = new StringContent(Body(address, triggerId).ToJsonString(), new MediaTypeHeaderValue("application/json")),
        };
        using var response = await http.SendAsync(request);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        ((int)answer["error"]!).ShouldBe(0, answer.ToJsonString());
        acknowledged[address] = response.Headers.GetValues("Launch-ID").Single();
        underWay.TrySetResult();
    }

    /// <summary>The address is also the content, which becomes the mail's subject: so a mail proves its own launch.</summary>
    internal static JsonObject Body(string address, int triggerId) => new()
    {
        ["token"] = Token, ["trigger_id"] = triggerId, ["matching"] = "email", ["email"] = address,
        ["data"] = new JsonObject
        {
            ["email"] = address,
            ["subscriptions"] = new JsonArray(new JsonObject { ["resource_id"] = 21, ["channel"] = "email", ["email"] = address }),
        },
        ["content"] = new JsonObject { ["marker"] = address },
    };

    public void Dispose() => http.Dispose();
}
