using Carillon.Storage;
using Carillon.Tests.Harness;
using Npgsql;

namespace Carillon.Tests.Storage;

/// <summary>What breaks between us and the server, and what is told of it.</summary>
public sealed class PostgresDatabaseTests : IAsyncLifetime
{
    private const string Count = "SELECT COUNT(*) FROM settings WHERE name LIKE 'test%'";
    private const string Insert = "INSERT INTO settings (name, value) VALUES (@name, '')";
    private const string EndMyself = "SELECT pg_terminate_backend(pg_backend_pid())";
    private readonly TestStore _store = new();
    private Database _database = null!;

    public async Task InitializeAsync() => _database = await _store.OpenAsync(TimeProvider.System);

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        await _store.DeleteAsync();
    }

    [PostgresFact]
    public async Task A_connection_that_breaks_before_the_commit_has_done_nothing_and_the_work_is_done_again()
    {
        var tried = 0;
        await _database.WriteAsync(async session =>
        {
            await session.ExecuteAsync(Insert, CancellationToken.None, ("name", "test"));
            if (++tried == 1) await session.ExecuteAsync(EndMyself, CancellationToken.None);
        }, CancellationToken.None);

        tried.ShouldBe(2);
        (await CountAsync()).ShouldBe(1);
    }

    [PostgresFact]
    public async Task When_it_breaks_each_time_the_fault_says_that_nothing_was_done()
    {
        await Should.ThrowAsync<AwayException>(() => _database.WriteAsync(async session =>
        {
            await session.ExecuteAsync(Insert, CancellationToken.None, ("name", "test"));
            await session.ExecuteAsync(EndMyself, CancellationToken.None);
        }, CancellationToken.None));
        (await CountAsync()).ShouldBe(0);
    }

    [PostgresFact]
    public async Task When_it_breaks_during_the_commit_the_fault_says_that_nobody_knows_and_nothing_is_tried_again()
    {
        var tried = 0;
        // A constraint that is looked at in the commit ends the connection there.
        foreach (var statement in new[]
        {
            "CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'",
            "CREATE CONSTRAINT TRIGGER breaks AFTER INSERT ON settings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION break_off()",
        }) await _database.WriteAsync(session => session.ExecuteAsync(statement, CancellationToken.None), CancellationToken.None);

        await Should.ThrowAsync<UnknownOutcomeException>(() => _database.WriteAsync(async session =>
        {
            tried++;
            await session.ExecuteAsync(Insert, CancellationToken.None, ("name", "test"));
        }, CancellationToken.None));
        tried.ShouldBe(1);
    }

    [PostgresFact]
    public async Task What_the_server_refuses_in_the_commit_is_told_as_it_is()
    {
        foreach (var statement in new[]
        {
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'",
            "CREATE CONSTRAINT TRIGGER refuses AFTER INSERT ON settings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()",
        }) await _database.WriteAsync(session => session.ExecuteAsync(statement, CancellationToken.None), CancellationToken.None);

        await Should.ThrowAsync<PostgresException>(() => _database.WriteAsync(session => session.ExecuteAsync(Insert, CancellationToken.None, ("name", "test")), CancellationToken.None));
    }

    [PostgresFact]
    public async Task A_statement_that_is_late_on_a_living_connection_is_told_as_late_and_not_tried_again()
    {
        foreach (var (limit, statement) in new[] { ("Command Timeout=1", "SELECT pg_sleep(3)"), ("Options=-c statement_timeout=200", "SELECT pg_sleep(3)") })
        {
            var tried = 0;
            await using var database = await PostgresDatabase.OpenAsync($"{_store.Connection};{limit}", new PostgresSettings(), TimeProvider.System, CancellationToken.None);
            await Should.ThrowAsync<TimedOutException>(() => database.WriteAsync(async session =>
            {
                tried++;
                await session.ExecuteAsync(statement, CancellationToken.None);
            }, CancellationToken.None));
            tried.ShouldBe(1, limit);
            await database.WriteForLongAsync(session => session.ExecuteAsync("SELECT pg_sleep(1.5)", CancellationToken.None), CancellationToken.None);
        }
    }

    [PostgresFact]
    public async Task Whoever_opens_the_database_waits_for_another_one_s_migrations_however_long_they_take()
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var migrating = _database.WriteAsync(async session =>
        {
            await session.HoldAsync(["migrations"], CancellationToken.None);
            await session.ExecuteAsync(Insert, CancellationToken.None, ("name", "test"));
            held.SetResult();
            await session.ExecuteAsync("SELECT pg_sleep(5)", CancellationToken.None);
        }, CancellationToken.None);
        await held.Task;

        await using var second = await PostgresDatabase.OpenAsync($"{_store.Connection};Command Timeout=1", new PostgresSettings(), TimeProvider.System, CancellationToken.None);

        // It came through only when the first one's transaction had ended.
        (await second.ReadAsync(session => session.QueryAsync(Count, row => row.GetInt64(0), CancellationToken.None), CancellationToken.None)).ShouldBe([1L]);
        await migrating;
    }

    [PostgresFact]
    public async Task A_server_that_no_longer_takes_writes_is_away_and_its_connections_are_not_used_again()
    {
        var tried = 0;
        await _database.WriteAsync(async session =>
        {
            // For all that this connection does from now on, as if its server were a standby.
            if (++tried == 1) await session.ExecuteAsync("SELECT set_config('default_transaction_read_only', 'on', false), set_config('transaction_read_only', 'on', true)", CancellationToken.None);
            await session.ExecuteAsync(Insert, CancellationToken.None, ("name", "test"));
        }, CancellationToken.None);

        tried.ShouldBe(2);
        (await CountAsync()).ShouldBe(1);
    }

    [PostgresFact]
    public async Task A_batch_for_a_server_that_takes_no_writes_is_not_tried_item_by_item()
    {
        List<int> sizes = [];
        var (begun, gate) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource());
        await using var batcher = new Batcher<string, bool>(_database, async (session, names, cancel) =>
        {
            begun.TrySetResult();
            await gate.Task;
            sizes.Add(names.Count);
            await session.ExecuteAsync("SET TRANSACTION READ ONLY", cancel);
            foreach (var name in names) await session.ExecuteAsync(Insert, cancel, ("name", name));
            return new bool[names.Count];
        });

        var calls = new List<Task> { batcher.RunAsync("test", CancellationToken.None) };
        await begun.Task;
        calls.AddRange(Enumerable.Range(0, 4).Select(number => batcher.RunAsync($"test{number}", CancellationToken.None)));
        gate.SetResult();

        foreach (var call in calls) await Should.ThrowAsync<AwayException>(() => call);
        // The first one alone and the others together, each as often as something that may pass is tried.
        sizes.ShouldBe([1, 1, 1, 4, 4, 4]);
    }

    [PostgresFact]
    public async Task Of_several_hosts_the_one_that_answers_and_takes_writes_is_used()
    {
        var parts = new NpgsqlConnectionStringBuilder(_store.Connection);
        parts.Host = "/nobody/listens/here," + parts.Host;
        await using var database = await PostgresDatabase.OpenAsync(parts.ToString(), new PostgresSettings(), TimeProvider.System, CancellationToken.None);

        await database.WriteAsync(session => session.ExecuteAsync(Insert, CancellationToken.None, ("name", "test")), CancellationToken.None);
        (await CountAsync()).ShouldBe(1);
    }

    [PostgresFact]
    public async Task Machines_whose_clocks_differ_agree_on_the_time()
    {
        var wrong = new SkewedClock { By = TimeSpan.FromDays(3) };
        await using var database = await PostgresDatabase.OpenAsync(_store.Connection, new PostgresSettings(), wrong, CancellationToken.None);

        database.Time(wrong).GetUtcNow().ShouldBe(TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(1));
    }

    [PostgresFact]
    public async Task Whatever_an_index_holds_is_compared_by_its_bytes()
    {
        // The collation of each text in each index of ours: the order of a language changes with the system's C library.
        var others = await _database.ReadAsync(session => session.QueryAsync("""
            SELECT i.indexrelid::regclass::text || ' ' || a.attname || ' ' || c.collname
            FROM pg_index i
            JOIN pg_class t ON t.oid = i.indrelid AND t.relnamespace = 'public'::regnamespace
            JOIN pg_attribute a ON a.attrelid = i.indexrelid
            JOIN pg_collation c ON c.oid = a.attcollation
            WHERE c.collname <> 'C'
            """, row => row.GetString(0), CancellationToken.None), CancellationToken.None);
        others.ShouldBeEmpty();
    }

    private async Task<long> CountAsync() =>
        (await _database.ReadAsync(session => session.QueryAsync(Count, row => row.GetInt64(0), CancellationToken.None), CancellationToken.None))[0];
}
