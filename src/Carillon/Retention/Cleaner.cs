using Carillon.History;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;
using Carillon.Workflows;

namespace Carillon.Retention;

/// <summary>
/// Removes what is too old and not needed any more, so that the store does not grow without end under a steady load.
/// </summary>
/// <remarks>
/// <code>
///   every minute: the lease, for one process cleans -- each table, each shard: page after page, from where the last round ended
/// </code>
/// A page is a read and, if anything goes, a short transaction; launches wait for one page at most. A round goes on in a table while there is
/// something to remove, and looks at a bounded number of rows in vain.
/// </remarks>
public sealed partial class Cleaner(Database database, AnswerStore answers, RunCleaning runs, RetentionSettings settings, Ids ids, TimeProvider time, ILogger<Cleaner> logger) : BackgroundService
{
    private const int PageSize = 1000;
    /// <summary>Pages without anything to remove, per table and round, over all shards.</summary>
    private const int PagesInVain = 64;
    private const string LeaseName = "cleaner";
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    /// <summary>What is cleaned, in this order: a launch goes after its messages and runs.</summary>
    private readonly (string Table, TimeSpan Age, CleanPage Clean)[] _tables =
    [
        ("answers", TimeSpan.Zero, AnswerStore.CleanAsync),
        ("messages", TimeSpan.FromDays(settings.Messages), QueueCleaning.MessagesAsync),
        ("runs", TimeSpan.FromDays(settings.Messages), runs.RunsAsync),
        ("launches", TimeSpan.FromDays(settings.Messages), QueueCleaning.Launches(QueueCleaning.SelectWithMessages, RunCleaning.SelectNeeded)),
        ("attachments", TimeSpan.FromDays(settings.Attachments), QueueCleaning.Attachments(RunCleaning.SelectNeeded)),
        ("tasks", TimeSpan.FromDays(settings.Tasks), QueueCleaning.TasksAsync),
        ("files", TimeSpan.Zero, FileStore.CleanAsync),
        ("events", TimeSpan.FromDays(settings.Events), EventCleaning.EventsAsync),
    ];

    private readonly string _owner = ids.New(0);
    private readonly SemaphoreSlim _cleaning = new(1);
    private readonly Dictionary<(string Table, short Shard), string> _reached = [];

    /// <summary>One round; how many rows went. 0 also when another process cleans.</summary>
    public async Task<long> CleanAsync(CancellationToken cancel)
    {
        await _cleaning.WaitAsync(cancel);
        try
        {
            answers.CleanMemory();
            long removed = 0;
            foreach (var (table, age, clean) in _tables)
            {
                if (!await TakeLeaseAsync(cancel)) return removed;
                removed += await CleanAsync(table, Now() - (long)age.TotalMilliseconds, clean, cancel);
            }
            return removed;
        }
        finally
        {
            _cleaning.Release();
        }
    }

    public override void Dispose()
    {
        _cleaning.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(settings.Every), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await CleanAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(fault);
            }
        }
    }

    private async Task<long> CleanAsync(string table, long before, CleanPage clean, CancellationToken cancel)
    {
        long removed = 0;
        var inVain = Math.Max(1, PagesInVain / database.Shards);
        for (short shard = 0; shard < database.Shards; shard++)
        {
            var after = _reached.GetValueOrDefault((table, shard), "");
            for (var left = inVain; left > 0;)
            {
                var page = await clean(database, shard, after, before, PageSize, cancel);
                removed += page.Removed;
                after = page.Next ?? "";
                if (page.Next is null) break;
                if (page.Removed == 0) left--;
            }
            _reached[(table, shard)] = after;
        }
        return removed;
    }

    private Task<bool> TakeLeaseAsync(CancellationToken cancel)
    {
        var now = Now();
        return database.WriteAsync(session => Leases.TakeAsync(session, LeaseName, _owner, now, now + (long)Lease.TotalMilliseconds, cancel), cancel);
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(EventId = 701, Level = LogLevel.Error, Message = "Cleaning failed; it is tried again in the next round")]
    private partial void LogFailed(Exception fault);
}
