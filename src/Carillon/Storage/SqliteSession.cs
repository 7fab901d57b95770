using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Carillon.Storage;

/// <summary>One SQLite connection with its prepared statements. A set is a loop over one of them.</summary>
public sealed class SqliteSession(SqliteConnection connection) : Session, IDisposable
{
    /// <summary>Statements that vary (a search with optional filters) could fill the memory; the constants are some dozens.</summary>
    private const int MaxPrepared = 256;

    private readonly Dictionary<object, SqliteCommand> _prepared = [];

    /// <summary>Set statements are constants, so these are few.</summary>
    private readonly Dictionary<object, IDisposable> _sets = [];

    public override Task<int> ExecuteAsync(string sql, CancellationToken cancel, params (string Name, object? Value)[] values) =>
        Task.FromResult(Bound(sql, values).ExecuteNonQuery());

    public override Task<List<TRow>> QueryAsync<TRow>(string sql, Func<DbDataReader, TRow> read, CancellationToken cancel, params (string Name, object? Value)[] values)
    {
        List<TRow> rows = [];
        ReadAll(Bound(sql, values), read, rows, cancel);
        return Task.FromResult(rows);
    }

    public override Task<int> ExecuteSetAsync<T>(SetStatement<T> statement, IReadOnlyList<T> items, CancellationToken cancel)
    {
        if (items.Count == 0) return Task.FromResult(0);
        if (!_sets.TryGetValue(statement, out var known)) _sets[statement] = known = new SqliteSet<T>(connection.Handle!, Text(statement), statement.Columns);
        var set = (SqliteSet<T>)known;
        return Task.FromResult(items.Sum(set.Run));
    }

    public override Task<List<TRow>> QuerySetAsync<T, TRow>(SetStatement<T> statement, IReadOnlyList<T> items, Func<DbDataReader, TRow> read, CancellationToken cancel)
    {
        List<TRow> rows = [];
        if (items.Count == 0) return Task.FromResult(rows);
        var command = Prepared(statement);
        foreach (var item in items)
        {
            Bind(command, statement.Columns, item);
            ReadAll(command, read, rows, cancel);
        }
        return Task.FromResult(rows);
    }

    public void Dispose()
    {
        foreach (var set in _sets.Values) set.Dispose();
        foreach (var command in _prepared.Values) command.Dispose();
        connection.Dispose();
    }

    private static void ReadAll<TRow>(SqliteCommand command, Func<DbDataReader, TRow> read, List<TRow> rows, CancellationToken cancel)
    {
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            rows.Add(read(reader));
            if ((rows.Count & 1023) == 0) cancel.ThrowIfCancellationRequested();
        }
    }

    private SqliteCommand Bound(string sql, (string Name, object? Value)[] values)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = Keep(sql, Expand(sql));
            foreach (var (name, _) in values) command.Parameters.Add(new SqliteParameter("@" + name, null));
        }
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i].Value ?? DBNull.Value;
        return command;
    }

    private SqliteCommand Prepared<T>(SetStatement<T> statement)
    {
        if (_prepared.TryGetValue(statement, out var command)) return command;
        command = Keep(statement, Text(statement));
        foreach (var column in statement.Columns) command.Parameters.Add(new SqliteParameter("@" + column.Name, null));
        return command;
    }

    private static string Text<T>(SetStatement<T> statement)
    {
        var set = "(SELECT " + string.Join(", ", statement.Columns.Select(column => $"@{column.Name} AS {column.Name}")) + ") AS r";
        var limit = statement.MostPerItem > 0 ? $" LIMIT {statement.MostPerItem}" : "";
        return Expand(statement.Text).Replace("{set}", set, StringComparison.Ordinal).Replace(Dialect.InShard, "", StringComparison.Ordinal) + limit;
    }

    private SqliteCommand Keep(object key, string text)
    {
        if (_prepared.Count >= MaxPrepared)
        {
            foreach (var old in _prepared.Values) old.Dispose();
            _prepared.Clear();
        }
        var command = connection.CreateCommand();
        command.CommandText = text;
        _prepared[key] = command;
        return command;
    }

    private static void Bind<T>(SqliteCommand command, IReadOnlyList<Column<T>> columns, T item)
    {
        for (var i = 0; i < columns.Count; i++) command.Parameters[i].Value = columns[i].Get(item) ?? DBNull.Value;
    }

    /// <summary>There is one writer, so nobody else can be at the same keys.</summary>
    public override Task HoldAsync(IEnumerable<string> keys, CancellationToken cancel) => Task.CompletedTask;

    private static string Expand(string sql) => SqliteDialect.Instance.Expand(sql);
}
