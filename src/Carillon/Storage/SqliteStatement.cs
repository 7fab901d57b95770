using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Carillon.Storage;

/// <summary>
/// A prepared statement, its values bound and its columns read by position. The ADO.NET command looks every parameter up
/// by its name and makes a reader for every run, which for a small statement costs more than the statement.
/// </summary>
internal sealed class SqliteStatement : Row, IDisposable
{
    /// <summary>A value of more bytes is not held longer than it is needed: the library has a copy of its own.</summary>
    private const int Large = 64 << 10;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly int[] _positions;
    private bool _large;

    /// <param name="names">The order in which values will be given.</param>
    public SqliteStatement(sqlite3 database, string sql, IEnumerable<string> names)
    {
        _database = database;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(database, sql, out _statement), database);
        _positions = [.. names.Select(name => raw.sqlite3_bind_parameter_index(_statement, "@" + name))];
    }

    /// <summary>Values stay bound until they are bound anew; large ones only until the statement has run.</summary>
    public void Bind(int index, object? value)
    {
        // A value that the statement does not use has no position.
        var position = _positions[index];
        if (position == 0) return;
        switch (value)
        {
            case null or DBNull: raw.sqlite3_bind_null(_statement, position); break;
            case string text: BindText(position, text); break;
            case byte[] { Length: 0 }: raw.sqlite3_bind_zeroblob(_statement, position, 0); break;
            case byte[] bytes:
                raw.sqlite3_bind_blob(_statement, position, bytes);
                _large |= bytes.Length > Large;
                break;
            case double or float: raw.sqlite3_bind_double(_statement, position, Convert.ToDouble(value, CultureInfo.InvariantCulture)); break;
            default: raw.sqlite3_bind_int64(_statement, position, Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
        }
    }

    public void Bind(int index, long number)
    {
        if (_positions[index] is > 0 and var position) raw.sqlite3_bind_int64(_statement, position, number);
    }

    /// <summary>Runs it to its end; the number of rows that it touched.</summary>
    public int Execute()
    {
        try
        {
            while (Step()) { }
            return raw.sqlite3_changes(_database);
        }
        finally
        {
            raw.sqlite3_reset(_statement);
            if (_large) raw.sqlite3_clear_bindings(_statement);
            _large = false;
        }
    }

    public void ReadAll(Asked asked, CancellationToken cancel)
    {
        var rows = 0;
        try
        {
            while (Step())
            {
                asked.Read(this);
                if ((++rows & 1023) == 0) cancel.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            raw.sqlite3_reset(_statement);
        }
    }

    public override bool IsDBNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;
    public override short GetInt16(int column) => checked((short)GetInt64(column));
    public override int GetInt32(int column) => checked((int)GetInt64(column));
    public override long GetInt64(int column) => raw.sqlite3_column_int64(_statement, column);
    public override double GetDouble(int column) => raw.sqlite3_column_double(_statement, column);
    // As bytes: they are UTF-8 either way, and their number comes with them.
    public override string GetString(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(_statement, column));
    public override byte[] GetBytes(int column) => raw.sqlite3_column_blob(_statement, column).ToArray();

    public void Dispose() => _statement.Dispose();

    private bool Step()
    {
        var outcome = raw.sqlite3_step(_statement);
        if (outcome == raw.SQLITE_ROW) return true;
        if (outcome != raw.SQLITE_DONE) SqliteException.ThrowExceptionForRC(outcome, _database);
        return false;
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
        _large |= length > Large;
    }
}
