namespace Carillon.Storage;

/// <summary>
/// The one writer of a SQLite file. Works that arrive while it is busy wait, and all that wait go into the next
/// transaction together: one commit, one sync, one copy of every page that they share.
/// </summary>
/// <remarks>
/// A work that throws undoes what it shares the transaction with; then each is done again alone, so that only the guilty
/// one fails. Hence a work may run twice, as it may on PostgreSQL.
/// </remarks>
internal sealed class SqliteWriter(SqliteSession session, Func<bool> inTransaction, Func<ILogger> logger) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<IWork> _waiting = [];
    private bool _writing;
    private bool _closed;

    /// <summary>Cancelling takes effect only before the work has begun.</summary>
    public Task<T> RunAsync<T>(Func<Session, Task<T>> run, CancellationToken cancel)
    {
        var work = new Work<T>(run, cancel);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _waiting.Add(work);
            if (_writing) return work.Done;
            _writing = true;
        }
        // Nobody is writing: the caller does, on its own thread.
        _ = WriteAsync();
        return work.Done;
    }

    /// <summary>Writes what waits, once; what has come meanwhile is written from the pool, because this thread has its own things to do.</summary>
    private async Task WriteAsync()
    {
        List<IWork> works;
        lock (_gate) (works, _waiting) = (_waiting, []);
        works.RemoveAll(work => work.IsCancelled());

        if (works.Count > 0 && await CommitAsync(works) is { } fault)
        {
            if (works.Count == 1) works[0].Fail(fault);
            else foreach (var work in works) await WriteAloneAsync(work);
        }

        lock (_gate)
        {
            _writing = _waiting.Count > 0;
            if (!_writing && _closed) _idle.TrySetResult();
            if (!_writing) return;
        }
        ThreadPool.UnsafeQueueUserWorkItem(static writer => _ = writer.WriteAsync(), this, preferLocal: false);
    }

    private async Task WriteAloneAsync(IWork work)
    {
        if (await CommitAsync([work]) is { } fault) work.Fail(fault);
    }

    /// <summary>Null when all is on disk and its callers are told; otherwise nothing of it stays.</summary>
    private async Task<Exception?> CommitAsync(List<IWork> works)
    {
        try
        {
            await session.ExecuteAsync("BEGIN IMMEDIATE", CancellationToken.None);
            foreach (var work in works) await work.RunAsync(session);
            await session.ExecuteAsync("COMMIT", CancellationToken.None);
        }
        catch (Exception fault)
        {
            return await UndoAsync() ?? fault;
        }
        foreach (var work in works) work.Succeed();
        session.Ended(committed: true, logger());
        return null;
    }

    /// <summary>After a full disk SQLite may have rolled back by itself; then there is nothing left to undo.</summary>
    private async Task<Exception?> UndoAsync()
    {
        try
        {
            session.Ended(committed: false, logger());
            if (inTransaction()) await session.ExecuteAsync("ROLLBACK", CancellationToken.None);
            return null;
        }
        catch (Exception fault)
        {
            return fault;
        }
    }

    /// <summary>Takes nothing more in and returns when all that was taken in is done.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closed = true;
            if (!_writing) _idle.TrySetResult();
        }
        await _idle.Task;
        session.Dispose();
    }

    private interface IWork
    {
        bool IsCancelled();
        Task RunAsync(Session session);
        void Succeed();
        void Fail(Exception fault);
    }

    private sealed class Work<T>(Func<Session, Task<T>> run, CancellationToken cancel) : IWork
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _result = default!;

        public Task<T> Done => _done.Task;

        public bool IsCancelled() => cancel.IsCancellationRequested && _done.TrySetCanceled(cancel);

        public async Task RunAsync(Session session) => _result = await run(session);

        public void Succeed() => _done.SetResult(_result);

        public void Fail(Exception fault)
        {
            if (fault is OperationCanceledException stopped) _done.SetCanceled(stopped.CancellationToken);
            else _done.SetException(fault);
        }
    }
}
