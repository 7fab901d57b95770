using Carillon.History;
using Carillon.Queue;
using Carillon.Storage;
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
    Database database, WorkspaceSource workspace, RunSignal signal, QueueSignal messages, WorkRuns work, TakeHappenings happenings,
    IHostApplicationLifetime lifetime, TimeProvider time, ILogger<RunEngine> logger) : BackgroundService
{
    /// <summary>The most runs of one transaction: enough for a set, few enough that a launch beside them does not wait long.</summary>
    public const int Most = 256;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly short[] _allShards = [.. Enumerable.Range(0, database.Shards).Select(shard => (short)shard)];

    /// <summary>Raised after runs were moved on, and it is on disk.</summary>
    public event Action<IReadOnlyList<Run>>? Moved;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        await Task.WhenAll(Enumerable.Range(0, database.Writers).Select(_ => Task.Run(() => RunAsync(stopping.Token), CancellationToken.None)));
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
            moved += await TakeAsync(model, shard, stop);

        // 2. What is due.
        List<int> active = [.. model.Workflows.Values.Where(workflow => workflow.Active).Select(workflow => workflow.Id)];
        var due = await database.ReadAsync(session => RunStore.FindDueAsync(session, shards, active, Now(), stop), stop);
        foreach (var place in due.GroupBy(place => place.Shard, place => place.WorkflowId)) moved += await MoveAsync(model, place.Key, [.. place], stop);
        return moved > 0;
    }

    private async Task<int> TakeAsync(WorkspaceModel model, short shard, CancellationToken stop)
    {
        var taken = 0;
        while (!stop.IsCancellationRequested)
        {
            var some = await database.WriteAsync(session => happenings.RunAsync(session, model, shard, Now(), Most, CancellationToken.None), CancellationToken.None);
            taken += some;
            if (some < Most) break;
        }
        return taken;
    }

    private async Task<int> MoveAsync(WorkspaceModel model, short shard, IReadOnlyList<int> workflows, CancellationToken stop)
    {
        var moved = 0;
        while (!stop.IsCancellationRequested)
        {
            var worked = await database.WriteAsync(session => work.RunAsync(session, model, new DueRuns(shard, workflows, Now(), Most), CancellationToken.None), CancellationToken.None);
            foreach (var sender in worked.Messages.Select(message => message.SenderId).Distinct()) messages.Wake(sender, shard);
            if (worked.Runs.Count > 0) Moved?.Invoke(worked.Runs);
            moved += worked.Runs.Count;
            if (worked.Runs.Count + worked.LeftOut < Most || worked.Runs.Count == 0) break;
        }
        return moved;
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(EventId = 602, Level = LogLevel.Error, Message = "Moving runs failed; it is tried again")]
    private partial void LogFailed(Exception fault);
}
