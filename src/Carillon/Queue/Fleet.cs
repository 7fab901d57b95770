using Carillon.Storage;

namespace Carillon.Queue;

/// <summary>
/// The processes that share a database, as one of them sees it. While a process gives signs of life, what it claimed is its
/// own and its connections are reserved; when the signs stop for a lease, the others take both over.
/// </summary>
/// <remarks>
/// <code>
///   six times per lease, in one transaction:
///   give a sign --> who else lives? --> bury the dead --> reckon the shares of the senders' connections --> tell
/// </code>
/// A process that could give no sign for a lease (paused, cut off) stops sending by itself before the others may begin: both
/// count a lease by their own stopwatch, and its own begins earlier. On SQLite there is one process, and nothing of this is done.
/// </remarks>
public sealed partial class Fleet : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan ShortestHold = TimeSpan.FromSeconds(1);

    private readonly Database _database;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Ids _ids;
    private readonly bool _works;
    private readonly TimeSpan _lease;
    private readonly LifeSigns _signs;
    private readonly SemaphoreSlim _beating = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private ITimer? _timer;
    private bool _joined;
    private volatile int _queued;
    private volatile string _id;
    private long _signed;
    private volatile Standing _standing = Standing.None;
    private volatile TaskCompletionSource _beat = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="works">This process delivers.</param>
    public Fleet(Database database, FleetSettings settings, bool works, Ids ids, TimeProvider time, ILogger<Fleet> logger)
    {
        (_database, _works, _ids, _time, _logger) = (database, works, ids, time, logger);
        _lease = TimeSpan.FromSeconds(settings.Lease);
        _signs = new LifeSigns(_lease, time);
        _id = ids.New(0);
    }

    /// <summary>What the senders' connections are, and how many of them this process has open; asked at each sign of life.</summary>
    public Func<IReadOnlyList<SenderDemand>> Demand { get; set; } = static () => [];

    /// <summary>Called when this process's shares changed.</summary>
    public event Action? Changed;

    /// <summary>Called when another process was taken for dead: what it had claimed is free.</summary>
    public event Action? Died;

    /// <summary>The name under which this process claims. A new one after it was taken for dead.</summary>
    public string Owner => _id;

    /// <summary>Time between two signs of life.</summary>
    public TimeSpan Interval => _lease / 6;

    /// <summary>What was claimed under this name is still ours: nobody else can have taken it over.</summary>
    public bool IsOurs(string owner) => !_database.Shared || (owner == _id && _time.GetElapsedTime(Interlocked.Read(ref _signed)) < _lease);

    /// <summary>Returns when claims of this process hold; at once, unless it could give no sign of life lately.</summary>
    public async Task WaitUntilOursAsync(CancellationToken cancel)
    {
        while (true)
        {
            var next = _beat.Task;
            if (IsOurs(_id)) return;
            await next.WaitAsync(cancel);
        }
    }

    /// <summary>How many connections of a sender this process may have open, of those it has in all.</summary>
    public int ShareOf(int senderId, int connections) => _database.Shared ? _standing.Connections.GetValueOrDefault(senderId) : connections;

    /// <summary>The shards of a sender that this process looks after, so that two do not look for the same all the time. Any process may
    /// claim from any shard.</summary>
    public IReadOnlyList<short>? ShardsOf(int senderId) => _database.Shared ? _standing.Shards.GetValueOrDefault(senderId) : null;

    /// <summary>Whose claims hold; read after the claims, for a process is there before its first claim.</summary>
    public async Task<HashSet<string>> LivingAsync(CancellationToken cancel) => _database.Shared
        ? [.. (await _database.ReadAsync(session => FleetStore.LoadAsync(session, cancel), cancel)).Select(node => node.Id)]
        : [_id];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!_database.Shared) return;
        await BeatAsync(cancellationToken);
        _timer = _time.CreateTimer(_ => _ = TryBeatAsync(), null, Interval, Interval);
    }

    /// <summary>The signs go on until everything claimed is given back, see <see cref="DisposeAsync"/>.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Leaves the fleet, so that the others need not wait for a lease.</summary>
    public async ValueTask DisposeAsync()
    {
        // A container does so twice with what is registered as itself and as a hosted service.
        if (_stopping.IsCancellationRequested) return;
        if (_timer is not null) await _timer.DisposeAsync();
        await _stopping.CancelAsync();
        await _beating.WaitAsync(CancellationToken.None);
        try
        {
            if (_joined) await _database.WriteAsync(session => FleetStore.LeaveAsync(session, _id, CancellationToken.None), CancellationToken.None);
        }
        catch (Exception away)
        {
            LogLeaveFailed(away);
        }
        finally
        {
            _beating.Release();
        }
    }

    /// <summary>Gives a sign of life now, and takes a new look at the others.</summary>
    public async Task BeatAsync(CancellationToken cancel)
    {
        if (!_database.Shared) return;
        await _beating.WaitAsync(cancel);
        _queued = 0;
        try
        {
            // The lease counts from before the sign is on its way: the others see it later than that.
            var started = _time.GetTimestamp();
            var (id, standing, dead) = await _database.WriteAsync(session => BeatAsync(session, cancel), cancel);
            if (_joined && id != _id) LogTakenForDead();
            _joined = true;
            _id = id;
            Interlocked.Exchange(ref _signed, started);
            Interlocked.Exchange(ref _beat, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            var changed = !standing.Equals(_standing);
            _standing = standing;
            if (changed) Changed?.Invoke();
            if (dead == 0) return;
            LogDied(dead);
            Died?.Invoke();
        }
        finally
        {
            _beating.Release();
        }
    }

    private async Task TryBeatAsync()
    {
        try
        {
            // While one is slow the next may wait, but signs do not pile up.
            if (Interlocked.Exchange(ref _queued, 1) == 0) await BeatAsync(_stopping.Token);
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            // Asked to stop.
        }
        catch (Exception away)
        {
            LogBeatFailed(away);
        }
    }

    private async Task<(string Id, Standing Standing, int Dead)> BeatAsync(Session session, CancellationToken cancel)
    {
        // 1. Give a sign of life, and set the clock.
        await FleetStore.HoldAsync(session, Interval > ShortestHold ? Interval : ShortestHold, cancel);
        var id = _id;
        var known = await FleetStore.BeatAsync(session, id, cancel);
        // Only now, so that the wait for the others is no part of the server's answer.
        await _database.SetClockAsync(session, cancel);
        if (!known)
        {
            if (_joined) id = _ids.New(0);
            await FleetStore.InsertAsync(session, id, _works, _time.GetUtcNow().ToUnixTimeMilliseconds(), cancel);
        }

        // 2. Who else lives?
        var nodes = await FleetStore.LoadAsync(session, cancel);
        var dead = 0;
        foreach (var node in _signs.Look(nodes).Where(node => node.Id != id))
        {
            if (!await FleetStore.BuryAsync(session, node, cancel)) continue;
            nodes.Remove(node);
            dead++;
        }

        // 3. What is ours?
        var workers = nodes.Where(node => node.Works).Select(node => node.Id).ToList();
        return (id, _works ? await DealAsync(session, id, workers, cancel) : Standing.None, dead);
    }

    /// <summary>Takes our share of each sender as far as the others have left it, and gives back what we no longer use.</summary>
    private async Task<Standing> DealAsync(Session session, string id, List<string> workers, CancellationToken cancel)
    {
        var shares = await FleetStore.SharesAsync(session, cancel);
        Dictionary<int, int> granted = [];
        Dictionary<int, short[]> shards = [];
        foreach (var demand in Demand())
        {
            var ofSender = shares.Where(share => share.SenderId == demand.SenderId).ToList();
            var left = demand.Connections - ofSender.Where(share => share.NodeId != id).Sum(share => share.Connections);
            var mine = Math.Clamp(left, 0, Shares.Connections(demand.Connections, workers.Count, workers.IndexOf(id), demand.SenderId));
            // What is still open stays ours until it is closed.
            var reserved = Math.Max(mine, demand.Open);
            if (reserved != (ofSender.Find(share => share.NodeId == id)?.Connections ?? 0))
                await FleetStore.SaveShareAsync(session, new SenderShare(demand.SenderId, id, reserved), cancel);
            if (mine == 0) continue;
            granted[demand.SenderId] = mine;
            List<string> holders = [.. ofSender.Select(share => share.NodeId).Append(id).Distinct().Order(StringComparer.Ordinal)];
            shards[demand.SenderId] = Shares.Shards(_database.Shards, holders.Count, holders.IndexOf(id));
        }
        return new Standing(granted, shards);
    }

    /// <summary>What this process may use, by sender.</summary>
    private sealed class Standing(IReadOnlyDictionary<int, int> connections, IReadOnlyDictionary<int, short[]> shards)
    {
        public static readonly Standing None = new(new Dictionary<int, int>(), new Dictionary<int, short[]>());

        public IReadOnlyDictionary<int, int> Connections => connections;
        public IReadOnlyDictionary<int, short[]> Shards => shards;

        public bool Equals(Standing other) => connections.Count == other.Connections.Count
            && connections.All(share => other.Connections.GetValueOrDefault(share.Key) == share.Value);
    }

    [LoggerMessage(EventId = 204, Level = LogLevel.Error, Message = "No sign of life could be given to the other processes; it is tried again")]
    private partial void LogBeatFailed(Exception fault);

    [LoggerMessage(EventId = 205, Level = LogLevel.Warning, Message = "The other processes took this one for dead; it goes on under a new name")]
    private partial void LogTakenForDead();

    [LoggerMessage(EventId = 206, Level = LogLevel.Warning, Message = "{Count} other processes gave no sign of life for a lease; what they had claimed is taken over")]
    private partial void LogDied(int count);

    [LoggerMessage(EventId = 207, Level = LogLevel.Warning, Message = "This process could not take its leave; the others wait for a lease")]
    private partial void LogLeaveFailed(Exception fault);
}

/// <summary>A sender's connections for all processes together, and those that this process has open.</summary>
public readonly record struct SenderDemand(int SenderId, int Connections, int Open);
