
namespace Carillon.Storage;

/// <summary>A connection inside a transaction. Statements are constants, and the object itself is the key under which
/// a prepared command is kept, so statements live in static fields of the room that owns them.</summary>
public abstract class Session
{
    private List<Action>? _committed;

    /// <summary>Runs after this transaction is on disk; never when it is not. For waking whoever waits for its rows.</summary>
    public void OnCommitted(Action then) => (_committed ??= []).Add(then);

    /// <summary>The transaction ended; called by the database. A listener's defect is nobody else's: the commit stands.</summary>
    internal void Ended(bool committed, ILogger logger)
    {
        var waiting = _committed;
        _committed = null;
        if (!committed || waiting is null) return;
        foreach (var then in waiting)
        {
            try
            {
                then();
            }
            catch (Exception fault)
            {
                StorageLog.ListenerFailed(logger, fault);
            }
        }
    }

    /// <summary>Runs a statement with single values, named <c>@name</c> in its text.</summary>
    public abstract Task<int> ExecuteAsync(string sql, CancellationToken cancel, params (string Name, object? Value)[] values);

    public abstract Task<List<TRow>> QueryAsync<TRow>(string sql, Func<Row, TRow> read, CancellationToken cancel, params (string Name, object? Value)[] values);

    /// <summary>Writes a set of items. Where a round trip costs something it goes along with the session's next statement, or with the commit;
    /// what is wrong with it shows there.</summary>
    public abstract Task WriteSetAsync<T>(SetStatement<T> statement, IReadOnlyList<T> items, CancellationToken cancel);

    /// <summary>Runs a statement over a set of items; the number of rows it touched.</summary>
    public abstract Task<int> ExecuteSetAsync<T>(SetStatement<T> statement, IReadOnlyList<T> items, CancellationToken cancel);

    public async Task<List<TRow>> QuerySetAsync<T, TRow>(SetStatement<T> statement, IReadOnlyList<T> items, Func<Row, TRow> read, CancellationToken cancel) =>
        await AskSet(statement, items, read, cancel).RowsAsync(cancel);

    /// <summary>Asks for what is not needed before the session's next statement was answered. Where a round trip costs something it goes along with that one.</summary>
    public abstract Asked<TRow> AskSet<T, TRow>(SetStatement<T> statement, IReadOnlyList<T> items, Func<Row, TRow> read, CancellationToken cancel);

    /// <summary>Makes other transactions that hold one of the keys wait until this one ends, from the session's next statement on: for what
    /// is looked up, not found, and then inserted.</summary>
    public abstract Task HoldAsync(IEnumerable<string> keys, CancellationToken cancel);
}
