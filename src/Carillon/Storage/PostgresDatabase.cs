using System.Data;
using System.Globalization;
using Npgsql;

namespace Carillon.Storage;

/// <summary>A PostgreSQL database (15 or newer), for when one machine is not enough: many processes, several batches in flight.</summary>
public sealed class PostgresDatabase : Database
{
    /// <summary>Shards of a new database; an existing one keeps its number.</summary>
    public const int DefaultShards = 64;

    /// <summary>Serialisation failures and deadlocks end with the other transaction; so often the work is done again.</summary>
    private const int MaxTries = 5;

    /// <summary>Work that holds a key holds a connection beside those it uses itself: so few at once that the pool always has one left.</summary>
    private const int MaxAlone = 4;

    private readonly NpgsqlDataSource _source;
    private readonly SemaphoreSlim _alone = new(MaxAlone);

    private PostgresDatabase(NpgsqlDataSource source) => _source = source;

    public override int Writers => 4;
    public override bool Shared => true;
    public override string Description => $"PostgreSQL {_source.ConnectionString}";

    /// <param name="connection">An Npgsql connection string, such as <c>Host=...;Database=...;Username=...;Password=...</c>.</param>
    public static async Task<PostgresDatabase> OpenAsync(string connection, TimeProvider time, CancellationToken cancel)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection) { MaxAutoPrepare = 256, AutoPrepareMinUsages = 2 };
        if (!settings.ShouldSerialize("Maximum Pool Size")) settings.MaxPoolSize = 40;
        var database = new PostgresDatabase(NpgsqlDataSource.Create(settings));
        try
        {
            await database.WriteAsync(session => Migrations.ApplyAsync(session, PostgresDialect.Instance, DefaultShards, time, cancel), cancel);
            database.Shards = int.Parse(await database.ReadAsync(async session =>
                (await session.QueryAsync("SELECT value FROM settings WHERE name = 'shards'", row => row.GetString(0), cancel))[0], cancel), CultureInfo.InvariantCulture);
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

    private async Task<T> RunAsync<T>(Func<Session, Task<T>> work, IsolationLevel isolation, CancellationToken cancel)
    {
        await using var connection = await _source.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(isolation, cancel);
        var session = new PostgresSession(connection);
        var result = await work(session);
        await transaction.CommitAsync(CancellationToken.None);
        session.Ended(committed: true);
        return result;
    }
}
