using System.Text.Json.Nodes;
using Carillon.Queue;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Crash;

/// <summary>
/// A server that is killed again and again while it is launched to and delivers, always on the same data.
/// </summary>
/// <remarks>
/// <code>
///   start -- load -- (random moment) SIGKILL -- the sink hears the last of it -- read the file -- start ...
///                                                                                                 at the end: drain, count
/// </code>
/// The moments are from a seed, so a failing run can be had again, as far as a machine repeats itself.
/// </remarks>
internal sealed class KillRun : IAsyncDisposable
{
    private const int Connections = 4;
    /// <summary>What a server may have claimed and not decided at any moment.</summary>
    public static readonly int Window = new SenderQueueOptions(SenderId: 0, Connections).Window;
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("carillon-kill-");
    private readonly SmtpSink sink = new() { AnswersAfter = taken => taken % 3 == 0 ? TimeSpan.FromMilliseconds(taken % 7 + 1) : TimeSpan.Zero };
    private readonly LaunchLoad load;
    private readonly Random dice;
    private readonly string workspace;
    private readonly int trigger;
    private ServerProcess? server;

    public KillRun(int trigger, int seed)
    {
        (this.trigger, dice) = (trigger, new Random(seed));
        load = new LaunchLoad(connections: 6, delivered: () => sink.Count);
        workspace = Shop.Write(folder.FullName, Shop.Smtp(sink.Port, Connections));
    }

    public IReadOnlyDictionary<string, string> Acknowledged => load.Acknowledged;
    public IReadOnlyList<SinkMail> Delivered => sink.Mails;
    public List<Death> Deaths { get; } = [];

    /// <summary>Each fifth kill comes while the server starts, most likely before it listens; the others under load.</summary>
    public async Task KillAsync(int rounds)
    {
        for (var round = 1; round <= rounds; round++)
        {
            var takenBefore = sink.Count;
            server = ServerProcess.Start(folder.FullName, workspace);
            var early = round % 5 == 0;
            var loading = Task.CompletedTask;
            if (!early) loading = load.RunAsync(await server.ListeningAsync(), trigger, CancellationToken.None);
            // However slow the machine is, it is killed under load.
            if (!early) await Task.WhenAny(load.UnderWay, loading);
            await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(50, early ? 1500 : 900)), TimeProvider.System);
            await server.KillAsync();
            server.Dispose();
            await loading;
            Deaths.Add(await LookAsync(takenBefore));
        }
    }

    /// <summary>Starts once more and returns when everything acknowledged was delivered or decided otherwise.</summary>
    public async Task DrainAsync()
    {
        server = ServerProcess.Start(folder.FullName, workspace);
        await server.ListeningAsync();
        using var patience = new CancellationTokenSource(LongestDrain, TimeProvider.System);
        while (Autopsy.Undecided(folder.FullName) > 0) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
    }

    /// <summary>The messages that the server shows as unknown.</summary>
    public async Task<Dictionary<string, string>> UnknownAsync()
    {
        using var http = await server!.ClientAsync();
        Dictionary<string, string> unknown = [];
        for (string? before = ""; before is not null;)
        {
            var page = JsonNode.Parse(await http.GetStringAsync($"api/v2/messages?state=unknown&limit=1000{before}"))!;
            foreach (var message in page["messages"]!.AsArray()) unknown.Add((string)message!["id"]!, (string)message["contact"]!);
            before = (string?)page["next_before"] is { } last ? "&before=" + last : null;
        }
        return unknown;
    }

    public string Table(params (string Name, int Value)[] counts) =>
        $"kills {Deaths.Count} ({Deaths.Count(death => death.Claimed.Count > 0)} with messages claimed), launches asked {load.Asked}, acknowledged {Acknowledged.Count}, "
        + $"mails taken {sink.Count}, on the wire at the kills {Deaths.Sum(death => death.OnWire.Count)}, " + string.Join(", ", counts.Select(count => $"{count.Name} {count.Value}"));

    public async ValueTask DisposeAsync()
    {
        server?.Dispose();
        load.Dispose();
        await sink.DisposeAsync();
        folder.Delete(recursive: true);
    }

    /// <summary>Which messages were on the wire: the sink took them from this server, and the file does not know it.</summary>
    private async Task<Death> LookAsync(int takenBefore)
    {
        // What the dead server had sent may still be in the sink's buffers.
        await sink.WaitForAsync(() => sink.ConnectionsOpen == 0);
        var claimed = Autopsy.Claimed(folder.FullName);
        var taken = sink.Mails.Skip(takenBefore).Select(mail => IdOf(mail.MessageId)).ToHashSet();
        return new Death(claimed, claimed.Keys.Where(taken.Contains).ToHashSet());
    }

    public static string IdOf(string messageId) => messageId[1..messageId.IndexOf('@', StringComparison.Ordinal)];
}

/// <summary>What the file said after a kill.</summary>
/// <param name="Claimed">Claimed and undecided, each with whether it was marked as on the wire.</param>
/// <param name="OnWire">Those of them that the sink had taken from the server that died.</param>
internal sealed record Death(IReadOnlyDictionary<string, bool> Claimed, IReadOnlySet<string> OnWire);
