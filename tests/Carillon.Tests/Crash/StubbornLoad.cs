using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Carillon.Tests.Crash;

/// <summary>
/// Clients as they should be: each launch has a Request-ID, and while its outcome is not known it is repeated with it, at
/// whatever node answers. They keep what was acknowledged, and what they gave up because the server said that nothing was stored.
/// </summary>
/// <param name="chooseNode">Where to go next; null when there is nobody just now.</param>
internal sealed class StubbornLoad(int clients, Func<Uri?> chooseNode, Func<int> delivered) : IDisposable
{
    /// <summary>The clients pause while so many acknowledged messages still wait.</summary>
    private const int MostWaiting = 400;

    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(2) }) { Timeout = TimeSpan.FromSeconds(8) };
    private readonly ConcurrentDictionary<string, string> acknowledged = new();
    private readonly ConcurrentDictionary<string, string> refused = new();
    private readonly ConcurrentBag<string> surprises = [];
    private int asked;
    private int unknown;

    /// <summary>Addresses whose launch was answered with error 0.</summary>
    public ICollection<string> Acknowledged => acknowledged.Keys;
    /// <summary>Addresses of which the server said, whenever it said anything, that nothing was stored.</summary>
    public ICollection<string> Refused => refused.Keys;
    /// <summary>Answers that no caller should get.</summary>
    public IReadOnlyCollection<string> Surprises => surprises;
    public int Asked => Volatile.Read(ref asked);
    /// <summary>How often an outcome was not known: no answer, or one that says so.</summary>
    public int Unknown => Volatile.Read(ref unknown);

    /// <param name="triggers">Taken in turn; an address begins with the letter of its trigger.</param>
    public Task RunAsync(IReadOnlyList<(char Letter, int Id)> triggers, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(() => RunOneAsync(triggers, stop), CancellationToken.None)));

    public void Dispose() => http.Dispose();

    private async Task RunOneAsync(IReadOnlyList<(char Letter, int Id)> triggers, CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var number = Interlocked.Increment(ref asked);
                var (letter, trigger) = triggers[number % triggers.Count];
                await LaunchAsync(string.Create(CultureInfo.InvariantCulture, $"{letter}{number}@example.com"), trigger, stop);
                while (acknowledged.Count - delivered() > MostWaiting) await Task.Delay(Breath, TimeProvider.System, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What is not acknowledged by now may be there or not.
        }
    }

    private async Task LaunchAsync(string address, int triggerId, CancellationToken stop)
    {
        var sure = true;
        for (var tried = 1; ; tried++)
        {
            var answer = await TryAsync(address, triggerId);
            switch (answer)
            {
                case Outcome.Done:
                    return;
                case Outcome.Nothing when sure && tried == 3:
                    refused[address] = "";
                    return;
                case Outcome.Unknown:
                    sure = false;
                    Interlocked.Increment(ref unknown);
                    break;
            }
            await Task.Delay(Breath, TimeProvider.System, stop);
        }
    }

    private async Task<Outcome> TryAsync(string address, int triggerId)
    {
        if (chooseNode() is not { } node) return Outcome.Nothing;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node, "api/v1.1/campaigns/triggers/import_and_start"))
            {
                Content = new StringContent(LaunchLoad.Body(address, triggerId).ToJsonString(), new MediaTypeHeaderValue("application/json")),
            };
            request.Headers.Add("Request-ID", address);
            using var response = await http.SendAsync(request);
            var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
            if ((int)answer["error"]! == 0)
            {
                acknowledged[address] = "";
                return Outcome.Done;
            }
            return Understand((string)answer["error_text"]!);
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException or OperationCanceledException)
        {
            return Outcome.Unknown;
        }
    }

    private Outcome Understand(string text)
    {
        if (text.Contains("nothing was stored", StringComparison.Ordinal)) return Outcome.Nothing;
        if (!text.Contains("not known whether", StringComparison.Ordinal)) surprises.Add(text);
        return Outcome.Unknown;
    }

    private enum Outcome { Done, Nothing, Unknown }
}
