using System.Data;
using System.Globalization;
using Npgsql;

namespace Carillon.Storage;

/// <summary>A PostgreSQL database (15 or newer), for when one machine is not enough: many processes, several batches in flight.</summary>
public sealed class PostgresDatabase : Database
{
    /// <summary>Serialisation failures and deadlocks end with the other transaction; so often the work is done again.</summary>
    private const int MaxTries = 5;

    /// <summary>Work that holds a key holds a connection beside those it uses itself: so few at once that the pool always has one left.</summary>
    private const int MaxAlone = 4;

    private const string FindCitus = "SELECT 1 FROM pg_extension WHERE extname = 'citus'";

    private readonly NpgsqlDataSource _source;
    private readonly SemaphoreSlim _alone = new(MaxAlone);
    private Action<string>? _watch;

    private PostgresDatabase(NpgsqlDataSource source) => _source = source;

    public override int Writers => 4;
    public override bool Shared => true;
    public override string Description => $"PostgreSQL {_source.ConnectionString}{(Distributed ? ", distributed" : "")}";

    /// <summary>Every statement over the hot tables is bound to one shard, as Citus wants it.</summary>
    public bool Distributed { get; private set; }

    /// <param name="connection">An Npgsql connection string, such as <c>Host=...;Database=...;Username=...;Password=...</c>.</param>
    public static async Task<PostgresDatabase> OpenAsync(string connection, PostgresSettings settings, TimeProvider time, CancellationToken cancel)
    {
        var parts = new NpgsqlConnectionStringBuilder(connection);
        // Whoever pools connections between us and the server (PgBouncer) may have to turn prepared statements off.
        if (!parts.ShouldSerialize("Max Auto Prepare")) (parts.MaxAutoPrepare, parts.AutoPrepareMinUsages) = (256, 2);
        if (!parts.ShouldSerialize("Maximum Pool Size")) parts.MaxPoolSize = 40;
        var database = new PostgresDatabase(NpgsqlDataSource.Create(parts));
        try
        {
            await database.WriteAsync(session => Migrations.ApplyAsync(session, PostgresDialect.Instance, settings.Shards, time, cancel), cancel);
            database.Shards = int.Parse(await database.ReadAsync(async session =>
                (await session.QueryAsync("SELECT value FROM settings WHERE name = 'shards'", row => row.GetString(0), cancel))[0], cancel), CultureInfo.InvariantCulture);
            database.Distributed = settings.Distributed ?? await database.HasCitusAsync(cancel);
            database._watch = settings.Watch;
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    public override async Task<T> WriteAsync<T>(Func<Session, Task<T>> work, CancellationToken cancel)
    {
        for (var tried = 1; ; tried++)
        {
            try
            {
                return await RunAsync(work, IsolationLevel.ReadCommitted, cancel);
            }
            catch (Exception passing) when (tried < MaxTries
                && passing is RaceException or PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected })
            {
                // The other transaction went through; with it out of the way this one can.
            }
        }
    }

    /// <summary>A server that answers with an error has not committed; a connection that breaks tells nothing.</summary>
    public override bool MayHaveCommitted(Exception fault) => fault is NpgsqlException and not PostgresException or TimeoutException;

    public override Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancel) => RunAsync(work, IsolationLevel.RepeatableRead, cancel);

    public override async Task<T> AloneAsync<T>(string key, Func<Task<T>> work, CancellationToken cancel)
    {
        await _alone.WaitAsync(cancel);
        try
        {
            return await RunAsync(async session =>
            {
                await session.HoldAsync([key], cancel);
                return await work();
            }, IsolationLevel.ReadCommitted, cancel);
        }
        finally
        {
            _alone.Release();
        }
    }

    public override ValueTask DisposeAsync()
    {
        _alone.Dispose();
        return _source.DisposeAsync();
    }

    /// <summary>The extension Citus is in this database.</summary>
    public async Task<bool> HasCitusAsync(CancellationToken cancel) =>
        (await ReadAsync(session => session.QueryAsync(FindCitus, row => row.GetInt32(0), cancel), cancel)).Count > 0;

    private async Task<T> RunAsync<T>(Func<Session, Task<T>> work, IsolationLevel isolation, CancellationToken cancel)
    {
        await using var connection = await _source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(isolation, cancel);
        var session = new PostgresSession(connection, Distributed, _watch);
        var result = await work(session);
        await transaction.CommitAsync(CancellationToken.None);
        session.Ended(committed: true);
        return result;
    }
}
