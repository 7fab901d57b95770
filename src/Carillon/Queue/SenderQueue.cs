using System.Collections.Concurrent;
using System.Diagnostics;
using Carillon.Storage;

namespace Carillon.Queue;

/// <summary>Delivers claimed messages; calls <paramref name="record"/> at most once for each, and returns when it has. The others go back to wait.</summary>
/// <param name="claim">The span of the claim, for the traces of the messages to link to; empty when none is recorded.</param>
/// <param name="stop">Takes back what is not on the wire.</param>
/// <param name="abandon">Gives up on what is.</param>
public delegate Task DeliverClaimed(IReadOnlyList<Message> claimed, ActivityContext claim, Func<Message, Verdict, Task> record, CancellationToken stop, CancellationToken abandon);

/// <summary>
/// The messages of one sender on their way out of the queue. At most <c>window</c> are claimed and not yet written
/// down as done: that bounds the memory, and what may be repeated after a crash.
/// </summary>
/// <remarks>
/// <code>
///   woken, or a second passed --> claim what is due (up to the free window) --> deliver --> record --> free
/// </code>
/// </remarks>
public sealed partial class SenderQueue(
    SenderQueueOptions options, Database database, Fleet fleet, QueueSignal signal, DeliverClaimed deliver, Func<Recorded, Task> record, Telemetry telemetry, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    /// <summary>Between looks at the shards that another process looks after: it may be about to come, or to go.</summary>
    private static readonly TimeSpan LookEverywhere = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Message> _claimed = new();
    private readonly SemaphoreSlim _freed = new(0);
    private readonly short[] _allShards = [.. Enumerable.Range(0, database.Shards).Select(shard => (short)shard)];
    private IReadOnlyList<short> _hints = [];
    private long _lookedEverywhere = time.GetTimestamp();
    private long _lookedAround = time.GetTimestamp();
    private readonly Outage _outage = new(options.Connections, options.Window, time);
    /// <summary>More may be claimed in our name than is in hand: of a claim whose answer was lost, here or in the queue that was here before.</summary>
    private bool _mayHaveMore = true;
    private ActivityContext _claim;

    /// <summary>Runs until stopped; returns when every claimed message is recorded or given back.</summary>
    /// <param name="stop">Claims nothing more, and takes back what is not on the wire.</param>
    /// <param name="abandon">Gives up on what is.</param>
    public async Task RunAsync(CancellationToken stop, CancellationToken abandon)
    {
        List<Task> running = [];
        while (!stop.IsCancellationRequested)
        {
            try
            {
                running.RemoveAll(task => task.IsCompleted);
                if (await ClaimAsync(stop) is { Count: > 0 } claimed) running.Add(DeliverAsync(claimed, stop, abandon));
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception fault)
            {
                LogClaimFailed(options.SenderId, fault);
                _mayHaveMore = true;
                await signal.WaitAsync(options.SenderId, LookAgain, time, CancellationToken.None);
            }
        }
        await Task.WhenAll(running);
    }

    private async Task<List<Message>> ClaimAsync(CancellationToken stop)
    {
        // 1. Is there room? Half of the window at a time, so that claims stay few and large.
        while (_claimed.Count > options.Window / 2) await _freed.WaitAsync(stop);

        // 2. Can the sender be reached at all? If nobody answered lately, hear of all that was tried before more is, and wait longer each time.
        while (_outage.Lasts && !_claimed.IsEmpty) await _freed.WaitAsync(stop);
        var lasts = _outage.Lasts;
        if (lasts) await Task.Delay(_outage.Pause(), time, stop);
        var most = lasts ? _outage.Most : options.Window - _claimed.Count;

        // 3. Take what is due, as far as there is room; and first what a claim took whose answer was lost.
        await fleet.WaitUntilOursAsync(stop);
        var claim = new Claim(fleet.Owner, Now());
        if (_mayHaveMore) return await FindForgottenAsync(claim.Owner, stop);
        var shards = _hints.Count > 0 && time.GetElapsedTime(_lookedAround) < LookAgain ? _hints : LooksAfter();
        using var span = telemetry.Source.StartActivity("claim");
        var claimed = await database.WriteAsync(session => MessageStore.ClaimAsync(session, shards, options.SenderId, claim, most, stop), stop);
        Tell(span, claimed.Count);
        foreach (var message in claimed) _claimed[message.Id] = message;

        // 4. Where to look next: everywhere while there is more than room; then where something was, or comes in; and everywhere once a second.
        if (claimed.Count == most) _hints = [];
        else if (claimed.Count > 0) _hints = [.. claimed.Select(message => message.Shard).Union(signal.Take(options.SenderId))];
        else _hints = await signal.WaitAsync(options.SenderId, LookAgain, time, stop);
        return claimed;
    }

    private IReadOnlyList<short> LooksAfter()
    {
        _lookedAround = time.GetTimestamp();
        if (time.GetElapsedTime(_lookedEverywhere) < LookEverywhere && fleet.ShardsOf(options.SenderId) is { } ours) return ours;
        _lookedEverywhere = time.GetTimestamp();
        return _allShards;
    }

    /// <summary>What is claimed in our name and not in our hands. No other claim is under way here, so whatever is not in hand before the look is forgotten.</summary>
    private async Task<List<Message>> FindForgottenAsync(string owner, CancellationToken stop)
    {
        var inHand = _claimed.Keys.ToHashSet();
        var ours = await database.ReadAsync(session => MessageStore.ClaimedAsync(session, _allShards, owner, options.SenderId, stop), stop);
        _mayHaveMore = false;
        List<Message> forgotten = [.. ours.Where(message => !inHand.Contains(message.Id))];
        foreach (var message in forgotten) _claimed[message.Id] = message;
        return forgotten;
    }

    private async Task DeliverAsync(List<Message> claimed, CancellationToken stop, CancellationToken abandon)
    {
        try
        {
            await deliver(claimed, _claim, (message, verdict) => RecordAsync(message, verdict, abandon), stop, abandon);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop before anything was delivered.
        }
        catch (Exception fault)
        {
            LogDeliveryFailed(options.SenderId, fault);
        }
        // Whatever has no verdict by now (the sender stops, or a defect struck) goes back to wait.
        // A message that was recorded may be claimed anew already; that claim is another's.
        foreach (var message in claimed.Where(message => ReferenceEquals(_claimed.GetValueOrDefault(message.Id), message)))
        {
            var verdict = stop.IsCancellationRequested
                ? Verdict.GivenBack(Now())
                : Verdict.Released("a fault of ours, see the log; it is tried again", Now() + (long)RetryPolicy.Delay(message.Attempts, 0.5).TotalMilliseconds);
            await RecordAsync(message, verdict, abandon);
        }
    }

    /// <summary>One claim is for messages of many traces, so it is a trace of its own and theirs link to it. One that found nothing is not told.</summary>
    private void Tell(Activity? span, int count)
    {
        if (span is not null && count == 0) span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        span?.SetTag("carillon.sender_id", options.SenderId).SetTag("carillon.claimed", count).Stop();
        _claim = span?.Context ?? default;
    }

    /// <summary>Writes a verdict down, again and again if need be: while it is not on disk the message stays claimed, so nobody sends it twice.</summary>
    private async Task RecordAsync(Message message, Verdict verdict, CancellationToken abandon)
    {
        _outage.Hear(verdict);
        while (!await TryRecordAsync(message, verdict))
        {
            if (abandon.IsCancellationRequested) break;
            await Task.Delay(LookAgain, time, CancellationToken.None);
        }
        _claimed.TryRemove(KeyValuePair.Create(message.Id, message));
        if (_freed.CurrentCount == 0) _freed.Release();
    }

    private async Task<bool> TryRecordAsync(Message message, Verdict verdict)
    {
        try
        {
            await record(new Recorded(message, message.Owner, verdict, Now()));
            return true;
        }
        catch (Exception fault)
        {
            LogVerdictLost(message.Id, fault);
            return false;
        }
    }

    public void Dispose() => _freed.Dispose();

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(EventId = 201, Level = LogLevel.Error, Message = "Claiming messages of sender {SenderId} failed")]
    private partial void LogClaimFailed(int senderId, Exception fault);

    [LoggerMessage(EventId = 202, Level = LogLevel.Error, Message = "Delivering messages of sender {SenderId} failed")]
    private partial void LogDeliveryFailed(int senderId, Exception fault);

    [LoggerMessage(EventId = 203, Level = LogLevel.Error, Message = "The verdict on message {MessageId} could not be written")]
    private partial void LogVerdictLost(string messageId, Exception fault);
}

/// <param name="Connections">So many mails can be on the wire at once.</param>
public sealed record SenderQueueOptions(int SenderId, int Connections)
{
    /// <summary>The most messages that are claimed and not yet recorded. Sixteen per connection: with eight, connections waited for the
    /// disk more often (measured: docs/decisions/0002).</summary>
    public int Window => Connections * 16;
}
