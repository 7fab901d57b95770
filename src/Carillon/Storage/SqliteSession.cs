using Microsoft.Data.Sqlite;

namespace Carillon.Storage;

/// <summary>One SQLite connection with its prepared statements. A set is a loop over one of them.</summary>
public sealed class SqliteSession(SqliteConnection connection) : Session, IDisposable
{
    /// <summary>Statements that vary (a search with optional filters) could fill the memory; the constants are some dozens.</summary>
    private const int MaxPrepared = 256;

    /// <summary>By the text, or by the statement of a set.</summary>
    private readonly Dictionary<object, SqliteStatement> _prepared = [];

    public override Task<int> ExecuteAsync(string sql, CancellationToken cancel, params (string Name, object? Value)[] values) =>
        Task.FromResult(Bound(sql, values).Execute());

    public override Task<List<TRow>> QueryAsync<TRow>(string sql, Func<Row, TRow> read, CancellationToken cancel, params (string Name, object? Value)[] values)
    {
        var asked = new Asked<TRow>(read, send: null);
        Bound(sql, values).ReadAll(asked, cancel);
        return asked.RowsAsync(cancel);
    }

    public override Task WriteSetAsync<T>(SetStatement<T> statement, IReadOnlyList<T> items, CancellationToken cancel) => ExecuteSetAsync(statement, items, cancel);

    public override Task<int> ExecuteSetAsync<T>(SetStatement<T> statement, IReadOnlyList<T> items, CancellationToken cancel)
    {
        if (items.Count == 0) return Task.FromResult(0);
        var prepared = Prepared(statement);
        var touched = 0;
        foreach (var item in items)
        {
            Bind(prepared, statement, item);
            touched += prepared.Execute();
        }
        return Task.FromResult(touched);
    }

    public override Asked<TRow> AskSet<T, TRow>(SetStatement<T> statement, IReadOnlyList<T> items, Func<Row, TRow> read, CancellationToken cancel)
    {
        var asked = new Asked<TRow>(read, send: null);
        if (items.Count == 0) return asked;
        var prepared = Prepared(statement);
        foreach (var item in items)
        {
            Bind(prepared, statement, item);
            prepared.ReadAll(asked, cancel);
        }
        return asked;
    }

    /// <summary>There is one writer, so nobody else can be at the same keys.</summary>
    public override Task HoldAsync(IEnumerable<string> keys, CancellationToken cancel) => Task.CompletedTask;

    public void Dispose()
    {
        Forget();
        connection.Dispose();
    }

    private SqliteStatement Bound(string sql, (string Name, object? Value)[] values)
    {
        if (!_prepared.TryGetValue(sql, out var prepared)) prepared = Keep(sql, SqliteDialect.Instance.Expand(sql), values.Select(value => value.Name));
        for (var i = 0; i < values.Length; i++) prepared.Bind(i, values[i].Value);
        return prepared;
    }

    private SqliteStatement Prepared<T>(SetStatement<T> statement) =>
        _prepared.TryGetValue(statement, out var prepared) ? prepared : Keep(statement, SqliteSet.Text(statement), statement.Columns.Select(column => column.Name));

    private static void Bind<T>(SqliteStatement prepared, SetStatement<T> statement, T item)
    {
        for (var i = 0; i < statement.Columns.Count; i++)
        {
            var column = statement.Columns[i];
            if (column.Number is { } number) prepared.Bind(i, number(item));
            else prepared.Bind(i, column.Get(item));
        }
    }

    private SqliteStatement Keep(object key, string text, IEnumerable<string> names)
    {
        if (_prepared.Count >= MaxPrepared) Forget();
        return _prepared[key] = new SqliteStatement(connection.Handle!, text, names);
    }

    private void Forget()
    {
        foreach (var prepared in _prepared.Values) prepared.Dispose();
        _prepared.Clear();
    }
}
