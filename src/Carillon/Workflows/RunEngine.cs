using System.Collections.Concurrent;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Workflows.Steps;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>
/// Moves runs on, wherever something is due or has happened. Each process has as many of these loops as its store has writers;
/// processes share the work through the rows' locks.
/// </summary>
/// <remarks>
/// <code>
///   woken, or a second passed --> happenings of a shard --> due runs of a shard --> again while there is something
/// </code>
/// </remarks>
public sealed partial class RunEngine(
    Database database, WorkspaceSource workspace, RunSignal signal, QueueSignal messages, WorkRuns work, TakeHappenings happenings, DateStarts dates, HttpCalls http,
    IHostApplicationLifetime lifetime, Telemetry telemetry, TimeProvider time, ILogger<RunEngine> logger) : BackgroundService
{
    /// <summary>The most runs of one transaction: enough for a set, few enough that a launch beside them does not wait long.</summary>
    public const int Most = 256;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PutOff = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Task> _calls = new();
    /// <summary>Some run may be parked, on any shard.</summary>
    private volatile bool _crowded;
    private readonly short[] _allShards = [.. Enumerable.Range(0, database.Shards).Select(shard => (short)shard)];

    /// <summary>Raised after runs were moved on, or happenings were acted upon (then without runs), and it is on disk.</summary>
    public event Action<IReadOnlyList<Run>>? Moved;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        await Task.WhenAll(Enumerable.Range(0, database.Writers).Select(_ => Task.Run(() => RunAsync(stopping.Token), CancellationToken.None)));
        await Task.WhenAll(_calls.Values);
    }

    private async Task RunAsync(CancellationToken stop)
    {
        IReadOnlyList<short> hints = [];
        var everywhere = time.GetTimestamp();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                // What became due by itself, anywhere, is looked for once a second, however often calls wake this loop.
                var all = hints.Count == 0 || time.GetElapsedTime(everywhere) >= LookAgain;
                if (all) everywhere = time.GetTimestamp();
                if (!await WorkAsync(all ? _allShards : hints, stop)) hints = await signal.WaitAsync(LookAgain, time, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception fault)
            {
                LogFailed(fault);
                await signal.WaitAsync(LookAgain, time, CancellationToken.None);
            }
        }
    }

    /// <summary>One look at some shards; false when there was nothing to do.</summary>
    private async Task<bool> WorkAsync(IReadOnlyList<short> shards, CancellationToken stop)
    {
        var model = workspace.Current;
        if (model.Workflows.Count == 0) return false;
        var moved = 0;

        // 1. What has happened comes first: an event that came in time beats the end of the wait for it.
        foreach (var shard in await database.ReadAsync(session => HappeningStore.FindAsync(session, shards, stop), stop))
            moved += await SafelyAsync("happenings", shard, () => TakeAsync(shard, stop));

        // 2. Whose date has come.
        foreach (var (shard, workflow, entry) in await database.ReadAsync(session => DateStarts.FindAsync(session, model, shards, Now(), stop), stop))
            moved += await SafelyAsync($"dates of workflow {workflow.Id}", shard, () => LookAsync(model, workflow, entry, shard));

        if (moved > 0) Moved?.Invoke([]);

        // 3. What is due.
        List<int> active = [.. model.Workflows.Values.Where(workflow => workflow.Active).Select(workflow => workflow.Id)];
        var free = Hands > 0;
        var due = await database.ReadAsync(session => RunStore.FindDueAsync(session, shards, active, Now(), free, stop), stop);
        // Not always from the same shard on: the first has all the hands that are free.
        var first = Random.Shared.Next(_allShards.Length);
        foreach (var place in due.GroupBy(place => place.Shard, place => place.WorkflowId).OrderBy(place => place.Key < first).ThenBy(place => place.Key)) moved += await MoveAsync(place.Key, [.. place], stop);
        if (moved == 0 && free && shards.Count == _allShards.Length) _crowded = false;
        return moved > 0;
    }

    /// <summary>How many requests may be begun. Loops that ask at the same moment may begin as many each.</summary>
    private int Hands => Math.Max(0, http.Most - _calls.Count);

    /// <summary>A fault at one place does not keep the others waiting.</summary>
    private async Task<int> SafelyAsync(string what, short shard, Func<Task<int>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception fault) when (fault is not (AwayException or OperationCanceledException))
        {
            LogPlaceFailed(what, shard, fault);
            return 0;
        }
    }

    private async Task<int> LookAsync(WorkspaceModel model, Workflow workflow, OnDateStep entry, short shard) =>
        await database.WriteAsync(session => dates.RunAsync(session, model, workflow, entry, shard, Now(), CancellationToken.None), CancellationToken.None) ? 1 : 0;

    private async Task<int> TakeAsync(short shard, CancellationToken stop)
    {
        var taken = 0;
        while (!stop.IsCancellationRequested)
        {
            var some = await database.WriteAsync(session => happenings.RunAsync(session, shard, Now(), Most, CancellationToken.None), CancellationToken.None);
            taken += some;
            if (some < Most) break;
        }
        return taken;
    }

    private async Task<int> MoveAsync(short shard, IReadOnlyList<int> workflows, CancellationToken stop)
    {
        var moved = 0;
        while (!stop.IsCancellationRequested)
        {
            // For this turn only: many can follow each other, and a workflow that is stopped meanwhile stands still with the next. The moment is taken first,
            // so that whatever was changed before it is seen.
            var (now, model) = (Now(), workspace.Current);
            var worked = await TryMoveAsync(model, new DueRuns(shard, [.. workflows.Where(id => model.Workflows.GetValueOrDefault(id) is { Active: true })], now, Most, Hands));
            foreach (var sender in worked.Messages.Select(message => message.SenderId).Distinct()) messages.Wake(sender, shard);
            if (worked.Runs.Any(run => run.RunAt >= RunStore.Parked)) _crowded = true;
            foreach (var (call, run) in worked.Calls) Begin(call, run, stop);
            telemetry.Steps.Add(worked.Steps);
            if (worked.Runs.Count > 0) Moved?.Invoke(worked.Runs);
            moved += worked.Runs.Count;
            if (worked.Runs.Count == 0 || (worked.Runs.Count + worked.LeftOut < Most && !worked.Crowded)) break;
        }
        return moved;
    }

    /// <summary>A set that the store objects to is tried run by run, so that only the guilty one is put off.</summary>
    private async Task<WorkedRuns> TryMoveAsync(WorkspaceModel model, DueRuns due)
    {
        Run? guilty = null;
        try
        {
            return await database.WriteAsync(session => work.RunAsync(session, model, due, claimed => guilty = claimed, CancellationToken.None), CancellationToken.None);
        }
        catch (Exception objection) when (due.Most > 1 && objection is not (UnknownOutcomeException or AwayException))
        {
            LogObjected(due.Most, objection);
            return await TryMoveAsync(model, due with { Most = due.Most / 16 });
        }
        catch (Exception objection) when (guilty is { } only && objection is not (UnknownOutcomeException or AwayException))
        {
            LogPutOff(only.Id, objection);
            await database.WriteAsync(session => RunStore.PostponeAsync(session, [(only.Shard, only.Id, Now() + (long)PutOff.TotalMilliseconds)], CancellationToken.None), CancellationToken.None);
            return WorkedRuns.None with { LeftOut = due.Most };
        }
    }

    private void Begin(HttpCall call, Run run, CancellationToken stop)
    {
        // Written down before it begins: it may be over before this returns.
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var key = $"{run.Id} {call.Step}";
        _calls[key] = ended.Task;
        _ = Task.Run(async () =>
        {
            await CallAsync(call, run, stop);
            _calls.TryRemove(key, out _);
            // The hand is free for who waits for one, wherever that is.
            foreach (var shard in _crowded ? _allShards : [run.Shard]) signal.Wake(shard);
            ended.SetResult();
        }, CancellationToken.None);
    }

    /// <summary>Makes a run's request and gives it the answer. A process that dies in between leaves the run to the end of its lease.</summary>
    private async Task CallAsync(HttpCall call, Run run, CancellationToken stop)
    {
        try
        {
            var answer = await http.SendAsync(call, stop);
            answer["kind"] = "http";
            await database.WriteAsync(session => RunStore.AnswerAsync(session, run, run.Memory with { Event = answer }, Now(), CancellationToken.None), CancellationToken.None);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Made again when the lease is over.
        }
        catch (Exception fault)
        {
            LogAnswerLost(run.Id, fault);
        }
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(EventId = 602, Level = LogLevel.Error, Message = "Moving runs failed; it is tried again")]
    private partial void LogFailed(Exception fault);

    [LoggerMessage(EventId = 603, Level = LogLevel.Warning, Message = "The store objected to moving up to {Count} runs at once; they are tried in smaller sets")]
    private partial void LogObjected(int count, Exception fault);

    [LoggerMessage(EventId = 604, Level = LogLevel.Error, Message = "The store objected to moving run {RunId}; it is put off for a minute")]
    private partial void LogPutOff(string runId, Exception fault);

    [LoggerMessage(EventId = 606, Level = LogLevel.Error, Message = "Looking at the {What} of shard {Shard} failed; it is tried again")]
    private partial void LogPlaceFailed(string what, short shard, Exception fault);

    [LoggerMessage(EventId = 605, Level = LogLevel.Error, Message = "The answer to the HTTP request of run {RunId} could not be written; the request is made again")]
    private partial void LogAnswerLost(string runId, Exception fault);
}
