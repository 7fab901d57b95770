using System.Threading.Channels;

namespace Carillon.Storage;

/// <summary>
/// Group commit: items that arrive together are worked on together, in one transaction, and all are answered after it is
/// on disk. While one batch is being written the next one gathers, so a batch is as large as the load makes it, and a
/// lonely item never waits for company.
/// </summary>
/// <remarks>
/// A database that takes several batches at a time gets another beside those in flight only when much waits: each costs its round trips and
/// statements, whatever its size.
/// <code>
///   RunAsync --> waiting --Start: nothing is in flight, or much waits--> WriteBatchesAsync --commit--> answers
///                                                                        ^                  |
///                                                                        +-GoesOn: much waits
/// </code>
/// </remarks>
/// <param name="run">Works on a batch in order; one result per item. Expected failures are results and hurt no neighbour.</param>
public sealed class Batcher<TItem, TResult> : IAsyncDisposable
{
    /// <summary>For each batch in flight so much has to wait, by its weight, before another joins them (measured: docs/decisions/0003).</summary>
    private const int WorthAnother = 16;

    private readonly Database _database;
    private readonly Func<Session, IReadOnlyList<TItem>, CancellationToken, Task<TResult[]>> _run;
    private readonly Action<IReadOnlyList<TItem>, TResult[]>? _committed;
    private readonly Func<TItem, int> _weigh;
    private readonly int _largest;
    private readonly TimeSpan _patience;
    private readonly Channel<Waiting> _waiting;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inFlight;
    private int _weightWaiting;
    private bool _closed;

    /// <param name="largest">A transaction takes no further item once it weighs so much.</param>
    /// <param name="weigh">What an item weighs; 1 by default.</param>
    /// <param name="capacity">How many items may wait; further callers wait for a place.</param>
    /// <param name="patience">How long a caller waits for a place before it is turned away. Default 10 seconds.</param>
    /// <param name="committed">Called after each commit, before the callers are answered; to wake a worker, say.</param>
    public Batcher(Database database, Func<Session, IReadOnlyList<TItem>, CancellationToken, Task<TResult[]>> run,
        int largest = 256, int capacity = 4096, TimeSpan? patience = null, Action<IReadOnlyList<TItem>, TResult[]>? committed = null, Func<TItem, int>? weigh = null)
    {
        _patience = patience ?? TimeSpan.FromSeconds(10);
        _database = database;
        _run = run;
        _committed = committed;
        _largest = largest;
        _weigh = weigh ?? (_ => 1);
        _waiting = Channel.CreateBounded<Waiting>(capacity);
    }

    /// <summary>Waits for a place, then for the commit. Cancelling takes effect only while waiting for a place: what was
    /// taken in is carried out, because it may share its transaction with others.</summary>
    /// <exception cref="BusyException">No place came free in time, or the process stops; nothing was done.</exception>
    public async Task<TResult> RunAsync(TItem item, CancellationToken cancel)
    {
        var waiting = new Waiting(item);
        if (!_waiting.Writer.TryWrite(waiting)) await WaitForPlaceAsync(waiting, cancel);
        Start(_weigh(item));
        return await waiting.Answer.Task;
    }

    private async Task WaitForPlaceAsync(Waiting waiting, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(_patience);
        try
        {
            await _waiting.Writer.WriteAsync(waiting, patience.Token);
        }
        catch (Exception refused) when (refused is ChannelClosedException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            throw new BusyException();
        }
    }

    /// <summary>Takes nothing more in and returns when all that was taken in is answered.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        // For what came in a moment ago, and was not started yet.
        Start(0);
        lock (_gate)
        {
            _closed = true;
            if (_inFlight == 0) _finished.TrySetResult();
        }
        await _finished.Task;
    }

    /// <param name="weight">Of what has come in.</param>
    private void Start(int weight)
    {
        lock (_gate)
        {
            _weightWaiting += weight;
            if (_inFlight == _database.Writers || !IsWorth(_inFlight)) return;
            _inFlight++;
        }
        _ = Task.Run(WriteBatchesAsync);
    }

    private async Task WriteBatchesAsync()
    {
        List<Waiting> batch = [];
        do
        {
            batch.Clear();
            var weight = 0;
            for (; weight < _largest && _waiting.Reader.TryRead(out var next); weight += _weigh(next.Item)) batch.Add(next);
            lock (_gate) _weightWaiting -= weight;
            if (batch.Count > 0) await WriteAsync(batch);
        }
        while (GoesOn());
    }

    private bool GoesOn()
    {
        lock (_gate)
        {
            if (IsWorth(_inFlight - 1)) return true;
            _inFlight--;
            if (_closed && _inFlight == 0) _finished.TrySetResult();
            return false;
        }
    }

    /// <summary>Whether what waits is worth a batch beside so many others.</summary>
    private bool IsWorth(int others) => others == 0 ? _waiting.Reader.Count > 0 : _weightWaiting > others * WorthAnother;

    private async Task WriteAsync(List<Waiting> batch)
    {
        try
        {
            var items = batch.ConvertAll(waiting => waiting.Item);
            var results = await _database.WriteAsync(session => _run(session, items, CancellationToken.None), CancellationToken.None);
            // From here on it is on disk: whatever a listener does, nothing is tried again.
            Tell(items, results);
            Answers.Give(batch.ConvertAll(waiting => waiting.Answer), results);
        }
        catch (Exception objection) when (batch.Count == 1)
        {
            Answers.Fail(batch[0].Answer, objection);
        }
        catch (Exception lost) when (lost is UnknownOutcomeException or NothingDoneException)
        {
            // Perhaps committed: to try again could do everything twice. Or surely not, but no single item would fare better, or each would wait as long.
            foreach (var waiting in batch) Answers.Fail(waiting.Answer, lost);
        }
        catch (Exception)
        {
            // The database itself objected (a race with another node, a full disk, a defect): nothing of the batch
            // stays, and each item is tried alone, so that only the guilty one fails.
            foreach (var waiting in batch) await WriteAsync([waiting]);
        }
    }

    private void Tell(IReadOnlyList<TItem> items, TResult[] results)
    {
        try
        {
            _committed?.Invoke(items, results);
        }
        catch (Exception fault)
        {
            // A listener's defect is no reason to tell the callers that nothing was stored.
            StorageLog.ListenerFailed(_database.Logger, fault);
        }
    }

    private sealed record Waiting(TItem Item)
    {
        public TaskCompletionSource<TResult> Answer { get; } = new();
    }
}

/// <summary>
/// Tells callers how it ended, on threads of the pool, several callers to a thread: the writer must not run what the callers do
/// next, and a thread for each would cost more than the work itself.
/// </summary>
internal static class Answers
{
    private const int PerThread = 32;

    public static void Give<TResult>(List<TaskCompletionSource<TResult>> callers, TResult[] results)
    {
        for (var from = 0; from < callers.Count; from += PerThread)
            ThreadPool.UnsafeQueueUserWorkItem(static part => part.Run(), new Part<TResult>(callers, results, from, Math.Min(from + PerThread, callers.Count)), preferLocal: false);
    }

    public static void Fail<TResult>(TaskCompletionSource<TResult> caller, Exception objection) =>
        ThreadPool.UnsafeQueueUserWorkItem(static failed => failed.caller.TrySetException(failed.objection), (caller, objection), preferLocal: false);

    private sealed record Part<TResult>(List<TaskCompletionSource<TResult>> Callers, TResult[] Results, int From, int To)
    {
        public void Run()
        {
            for (var i = From; i < To; i++) Callers[i].SetResult(Results[i]);
        }
    }
}

/// <summary>More was asked for than can be written just now; nothing was done.</summary>
public sealed class BusyException() : Exception("The server is busy");
