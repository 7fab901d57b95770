namespace Carillon.Storage;

/// <summary>A question to the store whose answer comes with that of a later statement of the session, or when it is needed.</summary>
public abstract class Asked
{
    /// <summary>For statements that give rows which nobody reads.</summary>
    internal static Asked Nothing { get; } = new Asked<int>(_ => 0, null);

    internal abstract void Read(Row row);

    internal virtual void Answered() { }
}

/// <summary>A question for rows.</summary>
public sealed class Asked<TRow> : Asked
{
    private readonly Func<Row, TRow> _read;
    private readonly List<TRow> _rows = [];
    private Func<CancellationToken, Task>? _send;

    /// <param name="send">Sends the question, if it has not gone yet; null when it is answered already.</param>
    internal Asked(Func<Row, TRow> read, Func<CancellationToken, Task>? send) => (_read, _send) = (read, send);

    /// <summary>The rows of all items, one after the other.</summary>
    public async Task<List<TRow>> RowsAsync(CancellationToken cancel)
    {
        if (_send is { } send) await send(cancel);
        return _rows;
    }

    internal override void Read(Row row) => _rows.Add(_read(row));

    internal override void Answered() => _send = null;
}
