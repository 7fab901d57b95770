using System.Collections.Concurrent;
using Carillon.Storage;

namespace Carillon.Queue;

/// <summary>
/// Works on stored tasks, piece by piece.
/// </summary>
/// <remarks>
/// <code>
///   woken, or a second passed --> where is anything due? --> a turn on each shard --> again while there is something
///
///   a turn, one transaction: take the task that waits longest | what its next piece causes | its results | the cursor
/// </code>
/// The row's lock is the claim: a process that dies in the middle of a turn has done nothing, and another one takes the task at once.
/// A turn is short, and between two turns live calls write.
/// </remarks>
public sealed partial class TaskRunner(Database database, TaskKinds kinds, QueueSignal signal, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<TaskRunner> logger) : BackgroundService
{
    /// <summary>A task that comes no further so often is given up. With the pauses between, that is about five hours.</summary>
    private const int MaxFaults = 12;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>For a process that knows the kind.</summary>
    private static readonly TimeSpan LeaveToOthers = TimeSpan.FromMinutes(1);

    /// <summary>How long a turn may take to finish when the process is asked to stop.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    /// <summary>Raised after this process wrote down where a task stands.</summary>
    public event Action<StoredTask>? Changed;

    private readonly short[] _shards = [.. Enumerable.Range(0, database.Shards).Select(shard => (short)shard)];

    /// <summary>Of the tasks that met with a fault lately.</summary>
    private readonly ConcurrentDictionary<string, Pace> _slow = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        using var abandon = new CancellationTokenSource();
        await using var grace = time.CreateTimer(_ => abandon.Cancel(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using var asked = stopping.Token.Register(() => grace.Change(Grace, Timeout.InfiniteTimeSpan));

        // Half of the writers at most: the others are for live calls.
        await Task.WhenAll(Enumerable.Range(0, Math.Max(1, database.Writers / 2)).Select(_ => Task.Run(() => RunAsync(stopping.Token, abandon.Token), CancellationToken.None)));
    }

    private async Task RunAsync(CancellationToken stop, CancellationToken abandon)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (!await TurnsAsync(stop, abandon)) await signal.WaitAsync(QueueSignal.Tasks, LookAgain, time, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Asked to stop. What was in the middle of a turn undid it.
            }
            catch (Exception fault)
            {
                LogFailed(fault);
                await signal.WaitAsync(QueueSignal.Tasks, LookAgain, time, CancellationToken.None);
            }
        }
    }

    /// <summary>A turn for the task that waits longest on each shard; false when there was none.</summary>
    private async Task<bool> TurnsAsync(CancellationToken stop, CancellationToken abandon)
    {
        var due = await database.ReadAsync(session => TaskStore.FindDueAsync(session, _shards, Now(), stop), stop);
        // There may be something for another lane too.
        if (due.Count > 1) signal.Wake(QueueSignal.Tasks, due[1]);
        var any = false;
        foreach (var shard in due.TakeWhile(_ => !stop.IsCancellationRequested)) any |= await TurnAsync(shard, abandon);
        return any;
    }

    private async Task<bool> TurnAsync(short shard, CancellationToken abandon)
    {
        StoredTask? task = null;
        try
        {
            var (next, committed) = await database.WriteAsync(async session =>
            {
                task = await TaskStore.TakeAsync(session, shard, Now(), abandon);
                return task is null ? default : await WorkAsync(session, task, abandon);
            }, abandon);
            if (next is not null) Told(next, committed);
            return next is not null;
        }
        catch (Exception fault) when (task is not null && !abandon.IsCancellationRequested)
        {
            LogTurnFailed(task.Id, task.Kind, fault);
            // After a broken connection nobody knows whether the turn was committed: the stored cursor does.
            var smaller = fault is not (UnknownOutcomeException or AwayException) && _slow.GetOrAdd(task.Id, _ => new Pace()).SlowDown(fault);
            if (!smaller) await GiveBackAsync(task, abandon);
            return true;
        }
    }

    /// <summary>The task after the turn, and what is to be called once that is on disk.</summary>
    private async Task<(StoredTask? Next, Action? Committed)> WorkAsync(Session session, StoredTask task, CancellationToken abandon)
    {
        if (!kinds.TryGetValue(task.Kind, out var run))
        {
            var unknown = task with { State = TaskState.Waiting, Updated = Now(), Reason = $"this process does not know the kind '{task.Kind}'; a newer one may" };
            await TaskStore.PutOffAsync(session, task, unknown, Now() + (long)LeaveToOthers.TotalMilliseconds, abandon);
            return (unknown, null);
        }
        var step = await run(session, _slow.TryGetValue(task.Id, out var pace) ? pace.Next(task) : new TaskTurn(task, TaskStore.MaxPiece, null), abandon);
        return (await TaskStore.AdvanceAsync(session, task, step, Now(), abandon), step.Committed);
    }

    /// <summary>It is on disk: whatever a listener does, nothing is done again.</summary>
    private void Told(StoredTask task, Action? committed)
    {
        if (_slow.TryGetValue(task.Id, out var pace) && (pace.CameForward() || task.State is TaskState.Done or TaskState.Failed)) _slow.TryRemove(task.Id, out _);
        try
        {
            committed?.Invoke();
            Changed?.Invoke(task);
        }
        catch (Exception fault)
        {
            LogListenerFailed(task.Id, fault);
        }
    }

    private async Task GiveBackAsync(StoredTask task, CancellationToken abandon)
    {
        _slow.TryRemove(task.Id, out _);
        var (faults, now) = (task.Faults + 1, Now());
        var next = faults < MaxFaults
            ? task with { State = TaskState.Waiting, Faults = faults, Updated = now, Reason = "a fault of ours, see the log; it is tried again" }
            : task with { State = TaskState.Failed, Faults = faults, Updated = now, Reason = "a fault of ours, see the log; it was tried too often" };
        var held = await database.WriteAsync(async session =>
        {
            var put = await TaskStore.PutOffAsync(session, task, next, now + (long)RetryPolicy.Delay(faults, 0.5).TotalMilliseconds, abandon);
            if (put && next.State == TaskState.Failed) await kinds.GivenUp(session, next, abandon);
            return put;
        }, abandon);
        // Else another lane did so, for a turn of its own.
        if (held) Changed?.Invoke(next);
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>How large the turns are after a fault: one item at a time; and an item that fails alone is told and passed.</summary>
    private sealed class Pace
    {
        private int _singles;
        private Exception? _fault;

        public TaskTurn Next(StoredTask task) => new(task, 1, _fault);

        /// <summary>True when whole pieces may be tried again.</summary>
        public bool CameForward()
        {
            _fault = null;
            return --_singles <= 0;
        }

        /// <summary>False when there is no smaller step.</summary>
        public bool SlowDown(Exception fault)
        {
            if (_fault is not null) return false;
            if (_singles > 0) _fault = fault;
            else _singles = TaskStore.MaxPiece;
            return true;
        }
    }

    [LoggerMessage(EventId = 211, Level = LogLevel.Error, Message = "Looking for tasks or putting one off failed")]
    private partial void LogFailed(Exception fault);

    [LoggerMessage(EventId = 212, Level = LogLevel.Error, Message = "A turn of task {TaskId} ({Kind}) failed")]
    private partial void LogTurnFailed(string taskId, string kind, Exception fault);

    [LoggerMessage(EventId = 215, Level = LogLevel.Error, Message = "A listener of a turn of task {TaskId} failed; the turn itself is on disk")]
    private partial void LogListenerFailed(string taskId, Exception fault);
}
