using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Carillon.Storage;

/// <summary>
/// One SQLite file: a writer connection, and readers beside it that never wait
/// for it (WAL). <c>synchronous=FULL</c> makes a commit return only after the log is on disk.
/// </summary>
public sealed class SqliteDatabase : Database
{
    /// <summary>Readers that may be open at once; a further one waits.</summary>
    private const int MaxReaders = 4;

    // Of no table: it makes the table of statistics when there is none, and reads what stands there.
    private const string LoadStatistics = "ANALYZE sqlite_schema";

    private const string TablesByShardAndId = "FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%PRIMARY KEY (shard, id)%WITHOUT ROWID%'";

    // A table without row numbers has its primary key under its own name.
    private const string DeleteStatistics = $"DELETE FROM sqlite_stat1 WHERE idx = tbl AND tbl IN (SELECT name {TablesByShardAndId})";

    // Rows of a table, of a shard, and of a key.
    private const string InsertStatistics = $"INSERT INTO sqlite_stat1 (tbl, idx, stat) SELECT name, name, '1000000 1000000 1' {TablesByShardAndId}";

    private readonly string _path;
    private readonly SqliteWriter _writer;
    private readonly SemaphoreSlim _reading = new(MaxReaders);
    private readonly ConcurrentBag<SqliteSession> _readers = [];

    private SqliteDatabase(string path)
    {
        _path = path;
        var connection = Connect(path, readOnly: false);
        _writer = new SqliteWriter(new SqliteSession(connection), () => SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0, () => Logger);
    }

    private readonly KeyedGate _alone = new();

    public override Dialect Dialect => SqliteDialect.Instance;
    public override int Writers => 1;
    public override bool Shared => false;
    public override string Description => $"{SqliteLibrary.Choose()}, {_path}";

    /// <summary>Opens the file, making it when it is not there, and brings its schema up to date.</summary>
    public static async Task<SqliteDatabase> OpenAsync(string path, TimeProvider time, CancellationToken cancel)
    {
        SqliteLibrary.Choose();
        var database = new SqliteDatabase(path);
        try
        {
            await database.WriteAsync(session => Migrations.ApplyAsync(session, SqliteDialect.Instance, shards: 1, time, cancel), cancel);
            await database.WriteAsync(session => TellSizesAsync(session, cancel), cancel);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    /// <summary>Without statistics SQLite guesses that a shard holds ten rows, and reads all of it by the primary key where another index leads to the few that are wanted.</summary>
    private static async Task TellSizesAsync(Session session, CancellationToken cancel)
    {
        await session.ExecuteAsync(LoadStatistics, cancel);
        await session.ExecuteAsync(DeleteStatistics, cancel);
        await session.ExecuteAsync(InsertStatistics, cancel);
        await session.ExecuteAsync(LoadStatistics, cancel);
    }

    public override Task<T> WriteAsync<T>(Func<Session, Task<T>> work, CancellationToken cancel) => _writer.RunAsync(work, cancel);

    public override async Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancel)
    {
        await _reading.WaitAsync(cancel);
        try
        {
            if (!_readers.TryTake(out var reader)) reader = new SqliteSession(Connect(_path, readOnly: true));
            try
            {
                await reader.ExecuteAsync("BEGIN", cancel);
                var result = await work(reader);
                await reader.ExecuteAsync("ROLLBACK", CancellationToken.None);
                _readers.Add(reader);
                return result;
            }
            catch
            {
                // Whatever state it is in: the next read opens a fresh one.
                reader.Dispose();
                throw;
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    public override Task<T> AloneAsync<T>(string key, Func<Task<T>> work, CancellationToken cancel) => _alone.RunAsync(key, work, cancel);

    public override async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        foreach (var reader in _readers) reader.Dispose();
        _reading.Dispose();
    }

    private static SqliteConnection Connect(string path, bool readOnly)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = readOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
        }.ToString());
        connection.Open();
        SqliteRegex.Register(connection);
        using var pragmas = connection.CreateCommand();
        // secure_delete is compiled into some systems' library and overwrites what is freed: a page write per deleted index entry.
        // The log is copied back every 64 MB: the pages that every launch touches are then written once for thousands of launches.
        // Page caches are in KiB: 32 MB for the writer, 4 MB for each reader, so memory stays the same at any size of the file.
        pragmas.CommandText = readOnly
            ? "PRAGMA busy_timeout=10000; PRAGMA cache_size=-4096; PRAGMA temp_store=memory; PRAGMA query_only=1;"
            : "PRAGMA busy_timeout=10000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=OFF; PRAGMA cache_size=-32768; PRAGMA temp_store=memory; PRAGMA wal_autocheckpoint=16000; PRAGMA journal_size_limit=134217728;";
        pragmas.ExecuteNonQuery();
        return connection;
    }
}
