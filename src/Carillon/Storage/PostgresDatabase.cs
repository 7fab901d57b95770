using System.Data;
using System.Globalization;
using Npgsql;

namespace Carillon.Storage;

/// <summary>A PostgreSQL database (15 or newer), for when one machine is not enough: many processes, several batches in flight.</summary>
public sealed class PostgresDatabase : Database
{
    /// <summary>Serialisation failures and deadlocks end with the other transaction; so often the work is done again.</summary>
    private const int MaxTries = 5;
    private const int TriesWhenAway = 3;

    /// <summary>Work that holds a key holds a connection beside those it uses itself: so few at once that the pool always has one left.</summary>
    private const int MaxAlone = 4;

    private const IsolationLevel Writing = IsolationLevel.ReadCommitted;

    private const string SelectNow = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
    // Every statement has an index that leads to its rows, and few rows. The planner, whose counts are a minute old where rows come and go
    // within a second, would now and then read a table of waiting rows as a whole instead, and stay with that plan.
    private const string PlanByIndex = """
        SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off; SET random_page_cost = 0.1; SET plan_cache_mode = force_generic_plan; SET jit = off
        """;
    private const string FindCitus = "SELECT 1 FROM pg_extension WHERE extname = 'citus'";

    private readonly NpgsqlDataSource _source;
    private readonly SemaphoreSlim _alone = new(MaxAlone);
    private Action<string>? _watch;
    private SharedClock? _clock;

    private PostgresDatabase(NpgsqlDataSource source) => _source = source;

    public override Dialect Dialect => PostgresDialect.Instance;
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
        // A batch of launches is larger than the 8 KB at a time that Npgsql sends by itself (measured: docs/decisions/0003).
        if (!parts.ShouldSerialize("Write Buffer Size")) parts.WriteBufferSize = 32 << 10;
        // Sessions leave nothing behind that would have to be cleaned up between two uses.
        parts.NoResetOnClose = true;
        var database = new PostgresDatabase(Source(parts));
        try
        {
            await database.WriteForLongAsync(session => Migrations.ApplyAsync(session, PostgresDialect.Instance, settings.Shards, time, cancel), cancel);
            database.Shards = int.Parse(await database.ReadAsync(async session =>
                (await session.QueryAsync("SELECT value FROM settings WHERE name = 'shards'", row => row.GetString(0), cancel))[0], cancel), CultureInfo.InvariantCulture);
            database.Distributed = settings.Distributed ?? await database.HasCitusAsync(cancel);
            database._watch = settings.Watch;
            if (settings.ServerClock) database._clock = new SharedClock(time);
            await database.WriteAsync(session => database.SetClockAsync(session, cancel), cancel);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    public override TimeProvider Time(TimeProvider machine) => _clock ?? machine;

    /// <summary>Asks the server for the time.</summary>
    public override async Task SetClockAsync(Session session, CancellationToken cancel)
    {
        if (_clock is null) return;
        var asked = _clock.GetTimestamp();
        var server = (await session.QueryAsync(SelectNow, row => row.GetInt64(0), cancel))[0];
        _clock.Set(DateTimeOffset.FromUnixTimeMilliseconds(server), asked);
    }

    public override Task<T> WriteAsync<T>(Func<Session, Task<T>> work, CancellationToken cancel) => WriteAsync(work, patient: false, cancel);

    /// <summary>Writes with statements that may take as long as they take: they change tables, whatever these hold, or wait for another process
    /// that does so. The limit of the connection string (<c>Command Timeout</c>, 30 seconds by default) is for the others.</summary>
    public Task WriteForLongAsync(Func<Session, Task> work, CancellationToken cancel) =>
        WriteAsync(async session => { await work(session); return true; }, patient: true, cancel);

    private async Task<T> WriteAsync<T>(Func<Session, Task<T>> work, bool patient, CancellationToken cancel)
    {
        for (var tried = 1; ; tried++)
        {
            try
            {
                return await RunAsync(work, Writing, patient, cancel);
            }
            catch (Exception passing) when (tried < MaxTries
                && passing is RaceException or PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.UniqueViolation })
            {
                // The other transaction went through; with it out of the way this one can, or sees what the other wrote.
            }
            catch (AwayException) when (tried < TriesWhenAway)
            {
                // A connection of the pool that the server, or somebody between, had closed: nothing was done, and a new one may be had.
            }
        }
    }

    public override async Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancel)
    {
        for (var tried = 1; ; tried++)
        {
            try
            {
                return await RunAsync(work, IsolationLevel.RepeatableRead, patient: false, cancel);
            }
            catch (AwayException) when (tried < TriesWhenAway)
            {
                // As above.
            }
        }
    }

    public override async Task<T> AloneAsync<T>(string key, Func<Task<T>> work, CancellationToken cancel)
    {
        await _alone.WaitAsync(cancel);
        try
        {
            return await RunAsync(async session =>
            {
                await session.HoldAsync([key], cancel);
                await ((PostgresSession)session).SendAsync(cancel);
                return await work();
            }, Writing, patient: false, cancel);
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

    /// <summary>Of several hosts, the one that takes writes: after a failover that is another one.</summary>
    private static NpgsqlDataSource Source(NpgsqlConnectionStringBuilder parts)
    {
        var builder = new NpgsqlDataSourceBuilder(parts.ToString());
        builder.UsePhysicalConnectionInitializer(
            connection => { using var plan = new NpgsqlCommand(PlanByIndex, connection); plan.ExecuteNonQuery(); },
            async connection => { await using var plan = new NpgsqlCommand(PlanByIndex, connection); await plan.ExecuteNonQueryAsync(); });
        return parts.Host?.Contains(',', StringComparison.Ordinal) == true ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary) : builder.Build();
    }

    private async Task<T> RunAsync<T>(Func<Session, Task<T>> work, IsolationLevel isolation, bool patient, CancellationToken cancel)
    {
        var committing = false;
        PostgresSession session;
        T result;
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancel);
            await using var transaction = await connection.BeginTransactionAsync(isolation, cancel);
            session = new PostgresSession(connection, Distributed, _watch);
            if (patient) session.LiftLimits();
            try
            {
                result = await work(session);
                committing = true;
                await session.CommitAsync();
            }
            catch (Exception late) when (IsLate(late, committing) && connection.FullState.HasFlag(ConnectionState.Open))
            {
                throw new TimedOutException(late);
            }
        }
        catch (Exception lost) when (committing && isolation == Writing && lost is not PostgresException { InvariantSeverity: "ERROR" })
        {
            // A server that answers with an error has not committed; a connection that breaks meanwhile tells nothing.
            throw new UnknownOutcomeException(lost);
        }
        catch (PostgresException told) when (told.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
        {
            // A server that led and no longer does, behind an address that should lead to the one that does now. Its connections serve nobody.
            _source.Clear();
            throw new AwayException(told);
        }
        catch (Exception lost) when (IsLost(lost))
        {
            throw new AwayException(lost);
        }
        session.Ended(committed: true, Logger);
        return result;
    }

    /// <summary>A statement took longer than it may, by the server's limit (<c>statement_timeout</c>) or by ours; the connection may live all the same. Of a
    /// commit that is late by ours nobody knows.</summary>
    private static bool IsLate(Exception fault, bool committing) =>
        fault is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } || !committing && fault is NpgsqlException { InnerException: TimeoutException };

    /// <summary>The connection is gone, or never was: the server, the network, or a server that stops, starts or is full.</summary>
    private static bool IsLost(Exception fault) => fault switch
    {
        PostgresException told => told.InvariantSeverity != "ERROR" || told.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow,
        NpgsqlException or TimeoutException or IOException => true,
        _ => false,
    };
}
