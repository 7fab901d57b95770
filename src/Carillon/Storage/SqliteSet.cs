using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Carillon.Storage;

/// <summary>
/// A prepared statement that runs once per item, with its values bound by position. The ADO.NET command looks every
/// parameter up by its name and makes a reader for every run, which for a small insert costs more than the insert.
/// </summary>
internal sealed class SqliteSet<T> : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly IReadOnlyList<Column<T>> _columns;
    private readonly int[] _positions;

    public SqliteSet(sqlite3 database, string sql, IReadOnlyList<Column<T>> columns)
    {
        (_database, _columns) = (database, columns);
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(database, sql, out _statement), database);
        _positions = [.. columns.Select(column => raw.sqlite3_bind_parameter_index(_statement, "@" + column.Name))];
    }

    /// <summary>The number of rows that it touched.</summary>
    public int Run(T item)
    {
        for (var i = 0; i < _columns.Count; i++) Bind(_positions[i], _columns[i].Get(item));
        var outcome = raw.sqlite3_step(_statement);
        var touched = raw.sqlite3_changes(_database);
        raw.sqlite3_reset(_statement);
        if (outcome != raw.SQLITE_DONE) SqliteException.ThrowExceptionForRC(outcome, _database);
        return touched;
    }

    public void Dispose() => _statement.Dispose();

    private void Bind(int position, object? value)
    {
        switch (value)
        {
            case null: raw.sqlite3_bind_null(_statement, position); break;
            case string text: BindText(position, text); break;
            case byte[] { Length: 0 }: raw.sqlite3_bind_zeroblob(_statement, position, 0); break;
            case byte[] bytes: raw.sqlite3_bind_blob(_statement, position, bytes); break;
            default: raw.sqlite3_bind_int64(_statement, position, Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
        }
    }

    private void BindText(int position, string text)
    {
        if (text.Length == 0)
        {
            // An empty span has no address, and no address means NULL.
            raw.sqlite3_bind_text(_statement, position, "");
            return;
        }
        var rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, rented);
        raw.sqlite3_bind_text(_statement, position, rented.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(rented);
    }
}
