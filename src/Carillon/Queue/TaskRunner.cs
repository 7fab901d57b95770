using Carillon.Storage;

namespace Carillon.Queue;

/// <summary>
/// Works on stored tasks, piece by piece.
/// </summary>
/// <remarks>
/// <code>
///   woken, or a second passed --> claim (a lease) --> turn, turn, ... --> done
///                                      ^                |
///                                      +-- back in line after some turns, after a fault, at a stop
///
///   a turn, one transaction: what the piece causes | its results | the cursor
/// </code>
/// A process that dies leaves the task at the cursor of its last committed turn; once the lease is over another one goes on from there.
/// A turn is short, and between two turns live calls write.
/// </remarks>
public sealed partial class TaskRunner(
    Database database, TaskKinds kinds, QueueSignal signal, TaskSettings settings, Ids ids, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<TaskRunner> logger) : BackgroundService
{
    /// <summary>So many turns, then the others that wait have theirs.</summary>
    private const int TurnsInARow = 20;

    /// <summary>A task that comes no further so often is given up. With the pauses between, that is about five hours.</summary>
    private const int MaxFaults = 12;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CleanEvery = TimeSpan.FromHours(1);

    /// <summary>How long a turn may take to finish when the process is asked to stop.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    /// <summary>Raised after this process wrote down where a task stands.</summary>
    public event Action<StoredTask>? Changed;

    private readonly string _owner = ids.New(0);
    private readonly short[] _shards = [.. Enumerable.Range(0, database.Shards).Select(shard => (short)shard)];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        using var abandon = new CancellationTokenSource();
        await using var grace = time.CreateTimer(_ => abandon.Cancel(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using var asked = stopping.Token.Register(() => grace.Change(Grace, Timeout.InfiniteTimeSpan));

        // SQLite has one process, so at its start every claim is a dead one's.
        if (!database.Shared) await database.WriteAsync(session => TaskStore.ReleaseAllAsync(session, 0, stopping.Token), stopping.Token);

        // Half of the writers at most: the others are for live calls.
        var lanes = Enumerable.Range(0, Math.Max(1, database.Writers / 2)).Select(_ => Task.Run(() => RunAsync(stopping.Token, abandon.Token), CancellationToken.None));
        await Task.WhenAll(lanes.Append(CleanAsync(stopping.Token)));
    }

    private async Task RunAsync(CancellationToken stop, CancellationToken abandon)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (await ClaimAsync(stop) is { } task) await WorkAsync(task, stop, abandon);
                else await signal.WaitAsync(QueueSignal.Tasks, LookAgain, time, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Asked to stop. What was in the middle of a turn undid it, and its lease runs out.
            }
            catch (Exception fault)
            {
                LogFailed(fault);
                await signal.WaitAsync(QueueSignal.Tasks, LookAgain, time, CancellationToken.None);
            }
        }
    }

    private async Task<StoredTask?> ClaimAsync(CancellationToken stop)
    {
        var due = await database.ReadAsync(session => TaskStore.FindDueAsync(session, _shards, Now(), stop), stop);
        // There may be something for another lane too.
        if (due.Count > 1) signal.Wake(QueueSignal.Tasks, due[1]);
        foreach (var shard in due)
        {
            if (await database.WriteAsync(session => TaskStore.ClaimAsync(session, shard, NewClaim(), stop), stop) is { } task) return task;
        }
        return null;
    }

    private async Task WorkAsync(StoredTask task, CancellationToken stop, CancellationToken abandon)
    {
        if (!kinds.TryGetValue(task.Kind, out var run))
        {
            await ReleaseAsync(task with { Reason = $"this process does not know the kind '{task.Kind}'; a newer one may" }, TimeSpan.FromMinutes(1), abandon);
            return;
        }
        var pace = new Pace();
        for (var turn = 0; turn < TurnsInARow && !stop.IsCancellationRequested; turn++)
        {
            try
            {
                task = await TurnAsync(task, run, pace.Next(task), abandon);
                pace.CameForward();
                if (task.State == TaskState.Done) return;
            }
            catch (LostTaskException)
            {
                LogLost(task.Id);
                return;
            }
            catch (Exception fault) when (!abandon.IsCancellationRequested)
            {
                LogTurnFailed(task.Id, task.Kind, fault);
                // After a broken connection nobody knows whether the turn was committed: the stored cursor does.
                if (fault is not (UnknownOutcomeException or AwayException) && pace.SlowDown(fault)) continue;
                await GiveBackAsync(task, abandon);
                return;
            }
        }
        await ReleaseAsync(task, TimeSpan.Zero, abandon);
    }

    private async Task<StoredTask> TurnAsync(StoredTask task, RunTask run, TaskTurn turn, CancellationToken abandon)
    {
        var (step, next) = await database.WriteAsync(async session =>
        {
            var step = await run(session, turn, abandon);
            return (step, await TaskStore.AdvanceAsync(session, task, step, NewClaim(), abandon) ?? throw new LostTaskException());
        }, abandon);
        // From here on it is on disk: whatever a listener does, nothing is done again.
        try
        {
            step.Committed?.Invoke();
            Changed?.Invoke(next);
        }
        catch (Exception fault)
        {
            LogListenerFailed(task.Id, fault);
        }
        return next;
    }

    private Task GiveBackAsync(StoredTask task, CancellationToken abandon)
    {
        var faults = task.Faults + 1;
        return faults < MaxFaults
            ? ReleaseAsync(task with { Faults = faults, Reason = "a fault of ours, see the log; it is tried again" }, RetryPolicy.Delay(faults, 0.5), abandon)
            : ReleaseAsync(task with { State = TaskState.Failed, Faults = faults, Reason = "a fault of ours, see the log; it was tried too often" }, TimeSpan.Zero, abandon);
    }

    /// <param name="pause">Not to be taken before.</param>
    private async Task ReleaseAsync(StoredTask task, TimeSpan pause, CancellationToken abandon)
    {
        var now = Now();
        var next = task with { State = task.State == TaskState.Failed ? TaskState.Failed : TaskState.Waiting, Updated = now };
        await database.WriteAsync(session => TaskStore.ReleaseAsync(session, next, now + (long)pause.TotalMilliseconds, _owner, abandon), abandon);
        Changed?.Invoke(next);
    }

    private async Task CleanAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var before = Now() - (long)TimeSpan.FromDays(settings.KeepDays).TotalMilliseconds;
                foreach (var shard in _shards)
                {
                    while (await database.WriteAsync(session => TaskStore.CleanAsync(session, shard, before, stop), stop) > 0) { }
                }
                await Task.Delay(CleanEvery, time, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Asked to stop.
            }
            catch (Exception fault)
            {
                LogCleanFailed(fault);
                await Task.Delay(LookAgain, time, CancellationToken.None);
            }
        }
    }

    private TaskClaim NewClaim() => new(_owner, Now(), Now() + (long)Lease.TotalMilliseconds);

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>How large the turns are: whole pieces; after a fault one item at a time; and an item that fails alone is told and passed.</summary>
    private sealed class Pace
    {
        private int _singles;
        private Exception? _fault;

        public TaskTurn Next(StoredTask task) => new(task, _singles > 0 ? 1 : TaskStore.MaxPiece, _fault);

        public void CameForward()
        {
            if (_singles > 0) _singles--;
            _fault = null;
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

    private sealed class LostTaskException() : Exception("The task was taken by another process");

    [LoggerMessage(EventId = 211, Level = LogLevel.Error, Message = "Looking for tasks or giving one back failed")]
    private partial void LogFailed(Exception fault);

    [LoggerMessage(EventId = 212, Level = LogLevel.Error, Message = "A turn of task {TaskId} ({Kind}) failed")]
    private partial void LogTurnFailed(string taskId, string kind, Exception fault);

    [LoggerMessage(EventId = 213, Level = LogLevel.Warning, Message = "The lease of task {TaskId} ran out and another process took it")]
    private partial void LogLost(string taskId);

    [LoggerMessage(EventId = 214, Level = LogLevel.Error, Message = "Removing old tasks failed")]
    private partial void LogCleanFailed(Exception fault);

    [LoggerMessage(EventId = 215, Level = LogLevel.Error, Message = "A listener of a turn of task {TaskId} failed; the turn itself is on disk")]
    private partial void LogListenerFailed(string taskId, Exception fault);
}
