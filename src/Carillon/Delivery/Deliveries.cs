using System.Collections.Concurrent;
using System.Diagnostics;
using Carillon.Delivery.Email;
using Carillon.History;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Delivery;

/// <summary>Makes the way out that a sender of the workspace describes; null when its type is not known.</summary>
public delegate ISender? MakeSender(Sender sender);

/// <summary>Runs one queue per sender of the workspace, and the rescuer. A sender whose settings change gets a new queue.</summary>
public sealed partial class Deliveries(
    Database database, WorkspaceSource workspace, Fleet fleet, QueueSignal signal, RecordVerdicts verdicts, EventStore events, EmailTemplates templates, Telemetry telemetry,
    MakeSender makeSender, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Deliveries> logger) : BackgroundService
{
    /// <summary>How long claimed messages may take to finish when the process is asked to stop. Then they are given back.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RescueEvery = TimeSpan.FromSeconds(10);

    private readonly short[] _shards = [.. Enumerable.Range(0, database.Shards).Select(shard => (short)shard)];
    private readonly ConcurrentDictionary<int, Running> _running = [];
    private readonly Dictionary<int, Task> _ending = [];
    private readonly SemaphoreSlim _changed = new(1);
    private readonly CancellationTokenSource _abandon = new();
    private ITimer? _rescuer;

    /// <summary>Rescues before anything is claimed and before the server listens.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        fleet.Demand = Demand;
        await fleet.BeatAsync(cancellationToken);
        await RescueAsync(cancellationToken);
        _rescuer = time.CreateTimer(_ => _ = RescueAsync(_abandon.Token), null, RescueEvery, RescueEvery);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The first word of a stop counts, not this service's turn in it: from then on nothing is claimed, and the grace runs.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        var stop = stopping.Token;
        await using var grace = time.CreateTimer(_ => _abandon.Cancel(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using var asked = stop.Register(() => grace.Change(Grace, Timeout.InfiniteTimeSpan));
        void FollowWorkspace(WorkspaceModel old, WorkspaceModel fresh) => Follow();
        workspace.Changed += FollowWorkspace;
        fleet.Changed += Follow;
        fleet.Died += Rescue;
        try
        {
            while (true)
            {
                await _changed.WaitAsync(stop);
                await FollowAsync(workspace.Current, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop: finish what is claimed.
        }
        finally
        {
            workspace.Changed -= FollowWorkspace;
            fleet.Changed -= Follow;
            fleet.Died -= Rescue;
        }
        await StopAllAsync();
    }

    private void Follow()
    {
        if (_changed.CurrentCount == 0) _changed.Release();
    }

    /// <summary>Each sender runs with this process's share of its connections. One that has to change ends first: what it has open is
    /// only then another's. The others do not wait for that, for its server may take minutes to answer.</summary>
    private async Task FollowAsync(WorkspaceModel model, CancellationToken stop)
    {
        await LookAtFleetAsync(stop);
        var wanted = model.Senders.Values.Select(sender => sender with { Connections = fleet.ShareOf(sender.Id, sender.Connections) })
            .Where(sender => sender.Connections > 0).ToDictionary(sender => sender.Id);
        foreach (var (id, _) in _ending.Where(ending => ending.Value.IsCompleted).ToList()) _ending.Remove(id);
        foreach (var (id, running) in _running.Where(running => wanted.GetValueOrDefault(running.Key) != running.Value.Sender && !_ending.ContainsKey(running.Key)))
            _ending[id] = EndAsync(id, running);
        foreach (var sender in wanted.Values.Where(sender => !_running.ContainsKey(sender.Id)))
        {
            if (makeSender(sender) is { } way) _running[sender.Id] = Start(sender, way, stop);
            else LogUnknownType(sender.Id, sender.Type);
        }
    }

    /// <summary>A sender that is new, or has other connections, gets its share now and not at the next sign of life.</summary>
    private async Task LookAtFleetAsync(CancellationToken stop)
    {
        try
        {
            await fleet.BeatAsync(stop);
        }
        catch (Exception away) when (!stop.IsCancellationRequested)
        {
            LogFleetAway(away);
        }
    }

    private async Task EndAsync(int senderId, Running running)
    {
        try
        {
            await running.StopAsync();
        }
        catch (Exception fault)
        {
            LogEndFailed(senderId, fault);
        }
        _running.TryRemove(senderId, out _);
        // There may be another one to start in its place.
        Follow();
    }

    private List<SenderDemand> Demand()
    {
        var senders = workspace.Current.Senders;
        return [.. senders.Keys.Union(_running.Keys).Select(id => new SenderDemand(
            id, senders.GetValueOrDefault(id)?.Connections ?? 0, _running.GetValueOrDefault(id)?.Sender.Connections ?? 0))];
    }

    private Running Start(Sender sender, ISender way, CancellationToken stop)
    {
        var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var options = new SenderQueueOptions(sender.Id, sender.Connections);
        var steps = new DeliverMessage(
            templates, message => verdicts.MarkOnWireAsync(message, message.Owner),
            (message, cancel) => database.ReadAsync(session => MessageStore.LostAnswerAsync(session, message, cancel), cancel), message => fleet.IsOurs(message.Owner), time);
        // Two per connection: while one mail is on the wire the next is made ready.
        var places = new SemaphoreSlim(sender.Connections * 2);
        var queue = new SenderQueue(options, database, fleet, signal, (claimed, claim, record, recall, abandon) => DeliverAsync(claimed, claim, new Way(steps, way, places, recall, abandon), record), verdicts.RecordAsync, telemetry, time, logger);
        return new Running(sender, way, queue, places, stopping, Task.Run(() => queue.RunAsync(stopping.Token, _abandon.Token), CancellationToken.None));
    }

    private async Task DeliverAsync(IReadOnlyList<Message> claimed, ActivityContext claim, Way way, Func<Message, Verdict, Task> record)
    {
        var loaded = await LoadAsync(claimed, way.Recall);
        await Task.WhenAll(loaded.Select(delivering => Task.Run(async () =>
        {
            using var span = DeliverySpans.Start(telemetry, delivering.Message, delivering.Launch?.TraceParent, claim);
            try
            {
                var verdict = await RunAsync(delivering, way);
                using var recording = DeliverySpans.StartVerdict(telemetry, span, verdict);
                await record(delivering.Message, verdict);
            }
            catch (Exception fault)
            {
                LogStepFailed(delivering.Message.Id, fault);
            }
        }, CancellationToken.None)));
    }

    /// <summary>The steps begin shortly before there is a connection to end them on: no sooner is a message late or marked as on the
    /// wire, and few mails are in memory with their contents and files.</summary>
    private async Task<Verdict> RunAsync(Delivering delivering, Way way)
    {
        try
        {
            await way.Places.WaitAsync(way.Recall);
            try
            {
                return await way.Steps.RunAsync(await LoadRestAsync(delivering, way.Recall), way.Sender, way.Recall, way.Abandon);
            }
            finally
            {
                way.Places.Release();
            }
        }
        catch (OperationCanceledException) when (way.Recall.IsCancellationRequested)
        {
            // At once, and not when those on the wire have ended: their server may take minutes to answer.
            return Verdict.GivenBack(time.GetUtcNow().ToUnixTimeMilliseconds());
        }
    }

    /// <summary>What may be large: the document of a launch, and files.</summary>
    private async Task<Delivering> LoadRestAsync(Delivering delivering, CancellationToken cancel)
    {
        if (delivering.Launch is { IsBare: true } bare)
            delivering = delivering with { Launch = (await database.ReadAsync(session => LaunchStore.LoadAsync(session, database, [bare.Id], cancel), cancel)).SingleOrDefault() };
        if (delivering.Launch is { AttachmentCount: > 0 } launch)
            delivering = delivering with { Attachments = await database.ReadAsync(session => LaunchStore.LoadAttachmentsAsync(session, launch, cancel), cancel) };
        return delivering;
    }

    /// <summary>Loads profiles and launches as sets, without what may be large: of the launches of one claim that could be gigabytes.</summary>
    private async Task<List<Delivering>> LoadAsync(IReadOnlyList<Message> claimed, CancellationToken cancel)
    {
        var (profiles, launches, version) = await database.ReadAsync(session => LoadAsync(session, claimed, cancel), cancel);
        // Another process may have made the trigger, or changed the template, just before it launched.
        if (version != workspace.Current.Version) await workspace.RefreshIfChangedAsync(cancel);
        var model = workspace.Current;
        return [.. claimed.Select(message => new Delivering(
            message, launches.GetValueOrDefault(message.LaunchId), profiles.GetValueOrDefault(message.ProfileId), model, []))];
    }

    private async Task<(Dictionary<string, Profile>, Dictionary<string, Launch>, long Version)> LoadAsync(Session session, IReadOnlyList<Message> claimed, CancellationToken cancel)
    {
        var profiles = ProfileStore.Ask(session, database, claimed.Select(message => message.ProfileId).Distinct(), cancel);
        var launches = LaunchStore.AskSmall(session, database, claimed.Select(message => message.LaunchId).Distinct(), cancel);
        var version = await WorkspaceTables.VersionAsync(session, cancel);
        return ((await profiles.RowsAsync(cancel)).ToDictionary(profile => profile.Id), (await launches.RowsAsync(cancel)).ToDictionary(launch => launch.Id), version);
    }

    private void Rescue() => _ = RescueAsync(_abandon.Token);

    /// <summary>Gives back what is claimed by nobody who lives.</summary>
    private async Task RescueAsync(CancellationToken stop)
    {
        try
        {
            // First who has claimed, then who lives: a process is there before its first claim.
            var claims = await database.ReadAsync(session => MessageStore.OwnersAsync(session, _shards, stop), stop);
            if (claims.Count == 0) return;
            var living = await fleet.LivingAsync(stop);
            foreach (var (shard, owner) in claims.Where(claim => !living.Contains(claim.Owner)))
            {
                var now = time.GetUtcNow().ToUnixTimeMilliseconds();
                var rescued = await database.WriteAsync(session => RescueAsync(session, shard, owner, now, stop), stop);
                if (rescued.Count > 0) LogRescued(rescued.Count);
                foreach (var sender in rescued.Select(message => message.SenderId).Distinct()) signal.Wake(sender, shard);
            }
        }
        catch (Exception fault) when (!stop.IsCancellationRequested)
        {
            LogRescueFailed(fault);
        }
        catch (OperationCanceledException)
        {
            // The process stops; the next one rescues.
        }
    }

    private async Task<List<Message>> RescueAsync(Session session, short shard, string owner, long now, CancellationToken stop)
    {
        var rescued = await MessageStore.RescueAsync(session, shard, owner, now, stop);
        await events.AppendAsync(session, rescued.Select(message => RecordVerdicts.EventOf(message, message.State, message.Reason, now)).OfType<Event>(), stop);
        return rescued;
    }

    private async Task StopAllAsync()
    {
        if (_rescuer is not null) await _rescuer.DisposeAsync();
        // All were told to stop already: the word that has come here reached them too.
        await Task.WhenAll(_ending.Values);
        await Task.WhenAll(_running.Select(running => EndAsync(running.Key, running.Value)));
    }

    public override void Dispose()
    {
        _rescuer?.Dispose();
        _abandon.Dispose();
        _changed.Dispose();
        base.Dispose();
    }

    /// <summary>How messages leave by one sender.</summary>
    /// <param name="Places">So many at once are made ready or on the wire.</param>
    /// <param name="Recall">The sender stops: what is not on the wire comes back.</param>
    /// <param name="Abandon">The process cannot wait any longer for what is.</param>
    private sealed record Way(DeliverMessage Steps, ISender Sender, SemaphoreSlim Places, CancellationToken Recall, CancellationToken Abandon);

    private sealed record Running(Sender Sender, ISender Way, SenderQueue Queue, SemaphoreSlim Places, CancellationTokenSource Stopping, Task Done)
    {
        public async Task StopAsync()
        {
            await Stopping.CancelAsync();
            await Done;
            await Way.DisposeAsync();
            Queue.Dispose();
            Places.Dispose();
            Stopping.Dispose();
        }
    }

    [LoggerMessage(EventId = 305, Level = LogLevel.Error, Message = "The other processes could not be asked for a share of a sender's connections; it is tried again")]
    private partial void LogFleetAway(Exception fault);

    [LoggerMessage(EventId = 306, Level = LogLevel.Error, Message = "Sender {SenderId} could not be ended in good order")]
    private partial void LogEndFailed(int senderId, Exception fault);

    [LoggerMessage(EventId = 301, Level = LogLevel.Error, Message = "Sender {SenderId} has the unknown type {Type}; its messages wait")]
    private partial void LogUnknownType(int senderId, string type);

    [LoggerMessage(EventId = 302, Level = LogLevel.Error, Message = "A step of the delivery of message {MessageId} failed; it will be tried again")]
    private partial void LogStepFailed(string messageId, Exception fault);

    [LoggerMessage(EventId = 303, Level = LogLevel.Warning, Message = "Rescued {Count} messages from a process that died")]
    private partial void LogRescued(int count);

    [LoggerMessage(EventId = 304, Level = LogLevel.Error, Message = "Rescuing failed; it is tried again")]
    private partial void LogRescueFailed(Exception fault);
}
