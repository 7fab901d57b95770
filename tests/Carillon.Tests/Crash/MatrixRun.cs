using System.Globalization;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Crash;

/// <summary>What may go wrong. <see cref="Roll"/> is no fault: an operator restarts a node.</summary>
internal enum Fault { KillNode, KillPostgres, KillSink, PauseNode, Roll }

/// <summary>
/// Three nodes on one PostgreSQL, launched to and delivering, while one thing after the other dies.
/// </summary>
/// <remarks>
/// <code>
///   load ---> node, node, node ---> sink              a fault -- look at what was on the wire -- mend -- a moment of peace -- the next
///                  |
///              PostgreSQL                             at the end: stop the load, wait until every message has its verdict, count
/// </code>
/// </remarks>
internal sealed class MatrixRun : IAsyncDisposable
{
    /// <summary>The first letter of the addresses whose message asks to be held where nobody knows what became of it.</summary>
    public const char Held = 'h';
    private const int Nodes = 3;
    /// <summary>Of the sender, for all nodes together.</summary>
    public const int Connections = 6;

    // A node tells its name to nobody; the connection by which it enters itself does.
    private const string NameNodes = """
        CREATE TABLE matrix_nodes AS SELECT id, 'node0' AS node FROM nodes;
        CREATE FUNCTION name_node() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO matrix_nodes VALUES (NEW.id, current_setting(''application_name'')); RETURN NULL; END';
        CREATE TRIGGER name_nodes AFTER INSERT ON nodes FOR EACH ROW EXECUTE FUNCTION name_node();
        SELECT COUNT(*) FROM matrix_nodes
        """;
    public const double Lease = 2;
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(120);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("carillon-matrix-");
    /// <summary>The last one is there, the others have died.</summary>
    private volatile SmtpSink[] sinks = [NewSink(0)];
    private readonly ServerProcess?[] nodes = new ServerProcess?[Nodes];
    private readonly Uri?[] urls = new Uri?[Nodes];
    private readonly Random dice;
    private readonly StubbornLoad load;
    private readonly CancellationTokenSource stop = new();
    private readonly string workspace;
    private readonly List<Suffered> faults = [];
    private PostgresCluster postgres = null!;
    private Task loading = Task.CompletedTask;

    private MatrixRun(int seed)
    {
        dice = new Random(seed);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        load = new StubbornLoad(clients: 6, ChooseNode, () => sinks.Sum(sink => sink.Count));
        workspace = Shop.Write(folder.FullName, Shop.Smtp(sinks[0].Port, Connections));
    }

    public StubbornLoad Load => load;
    public IReadOnlyList<Suffered> Faults => faults;
    public IReadOnlyList<SinkMail> Delivered => [.. sinks.SelectMany(sink => sink.Mails)];

    public static async Task<MatrixRun> StartAsync(int seed)
    {
        var run = new MatrixRun(seed);
        var data = run.folder.CreateSubdirectory("postgres");
        run.postgres = await PostgresCluster.StartAsync(data.FullName);
        await run.StartNodeAsync(0);
        (await run.postgres.QueryAsync(NameNodes)).ShouldBe(["1"]);
        await Task.WhenAll(Enumerable.Range(1, Nodes - 1).Select(run.StartNodeAsync));
        run.loading = run.load.RunAsync([('a', Shop.Repeats), (Held, Shop.Holds)], run.stop.Token);
        return run;
    }

    public async Task SufferAsync(Fault fault)
    {
        await PauseAsync(dice.Next(300, 900));
        var onWire = fault switch
        {
            Fault.KillNode => await KillNodeAsync(dice.Next(Nodes)),
            Fault.KillPostgres => await KillPostgresAsync(),
            Fault.KillSink => await KillSinkAsync(),
            Fault.PauseNode => await PauseNodeAsync(dice.Next(Nodes)),
            _ => await RollAsync(dice.Next(Nodes)),
        };
        faults.Add(new Suffered(fault, onWire, sinks.Max(sink => sink.MostConnections)));
    }

    /// <summary>Stops the load and returns when every message has its verdict.</summary>
    public async Task DrainAsync()
    {
        await stop.CancelAsync();
        await loading;
        using var patience = new CancellationTokenSource(LongestDrain, TimeProvider.System);
        while ((await postgres.QueryAsync("SELECT COUNT(*) FROM messages WHERE state IN (0, 1)"))[0] != "0")
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
    }

    /// <summary>The addresses whose message is left to a person.</summary>
    public async Task<HashSet<string>> UnknownAsync() => [.. await postgres.QueryAsync("SELECT contact FROM messages WHERE state = 6")];

    public string Said => string.Join("\n----\n", nodes.Select(node => node?.Said));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await loading;
        foreach (var node in nodes) node?.Dispose();
        load.Dispose();
        await sinks[^1].DisposeAsync();
        await postgres.DisposeAsync();
        stop.Dispose();
        folder.Delete(recursive: true);
    }

    private async Task<IReadOnlySet<string>> KillNodeAsync(int node)
    {
        urls[node] = null;
        await nodes[node]!.KillAsync();
        var onWire = await OnWireAsync(node);
        nodes[node]!.Dispose();
        await StartNodeAsync(node);
        return onWire;
    }

    private async Task<IReadOnlySet<string>> KillPostgresAsync()
    {
        await postgres.KillAsync();
        await PauseAsync(dice.Next(100, 1500));
        await postgres.StartAgainAsync();
        return await OnWireAsync();
    }

    private async Task<IReadOnlySet<string>> KillSinkAsync()
    {
        var port = sinks[^1].Port;
        await sinks[^1].DieAsync();
        var onWire = await OnWireAsync();
        await PauseAsync(dice.Next(50, 300));
        sinks = [.. sinks, NewSink(port)];
        return onWire;
    }

    /// <summary>Longer than its lease: the others take it for dead, and it does not know until it goes on.</summary>
    private async Task<IReadOnlySet<string>> PauseNodeAsync(int node)
    {
        var url = urls[node];
        urls[node] = null;
        await nodes[node]!.SignalAsync("STOP");
        var onWire = await OnWireAsync(node);
        await PauseAsync((int)(Lease * 2500));
        await nodes[node]!.SignalAsync("CONT");
        urls[node] = url;
        return onWire;
    }

    /// <summary>As an operator restarts: nothing may be on the wire, and so nothing repeated.</summary>
    private async Task<IReadOnlySet<string>> RollAsync(int node)
    {
        urls[node] = null;
        (await nodes[node]!.TerminateAsync()).ShouldBe(0, nodes[node]!.Said);
        nodes[node]!.Dispose();
        await StartNodeAsync(node);
        return new HashSet<string>();
    }

    /// <summary>The messages that a sink has taken, and of which the database does not know it.</summary>
    /// <param name="node">Only those that this one had claimed; the others go on with theirs.</param>
    private async Task<IReadOnlySet<string>> OnWireAsync(int? node = null)
    {
        // What was sent before the fault may still be in the sink's buffers; nothing is taken over so soon.
        await PauseAsync(200);
        var undecided = await postgres.QueryAsync("SELECT id FROM messages WHERE state IN (0, 1) AND attempts > 0"
            + (node is { } own ? string.Create(CultureInfo.InvariantCulture, $" AND owner IN (SELECT id FROM matrix_nodes WHERE node = 'node{own}')") : ""));
        var taken = Delivered.Select(mail => KillRun.IdOf(mail.MessageId)).ToHashSet();
        return undecided.Where(taken.Contains).ToHashSet();
    }

    private async Task StartNodeAsync(int node)
    {
        var own = folder.CreateSubdirectory(string.Create(CultureInfo.InvariantCulture, $"node{node}"));
        nodes[node] = ServerProcess.Start(own.FullName, workspace, $"{postgres.Connection};Application Name={own.Name}", Lease);
        urls[node] = await nodes[node]!.ListeningAsync();
    }

    private Uri? ChooseNode()
    {
        var there = urls.OfType<Uri>().ToArray();
        return there.Length == 0 ? null : there[Random.Shared.Next(there.Length)];
    }

    /// <summary>Slow enough that something is on the wire at every fault.</summary>
    private static SmtpSink NewSink(int port) => new(port) { AnswersAfter = taken => TimeSpan.FromMilliseconds(10 + taken % 40) };

    private static Task PauseAsync(int milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System);
}

/// <summary>A fault, and what was seen at it.</summary>
/// <param name="OnWire">The messages that may be sent again for it.</param>
/// <param name="MostConnections">The most connections that any sink had open at once so far.</param>
internal sealed record Suffered(Fault Fault, IReadOnlySet<string> OnWire, int MostConnections);
