using Carillon.Storage;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Storage;

public sealed class SqliteDatabaseTests : IAsyncLifetime
{
    private const string CountSettings = "SELECT COUNT(*) FROM settings WHERE name = @name";
    private const string Insert = "INSERT INTO settings (name, value) VALUES (@name, '')";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("carillon-tests-");
    private Database _database = null!;

    private string DatabasePath => Path.Combine(_folder.FullName, "carillon.db");

    public async Task InitializeAsync() => _database = await OpenAsync();

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_commit_waits_for_the_disk()
    {
        var journal = await PragmaAsync("journal_mode");
        var synchronous = await PragmaAsync("synchronous");
        (journal, synchronous).ShouldBe(("wal", "2"));
    }

    [Fact]
    public async Task Work_that_throws_leaves_nothing_behind()
    {
        await Should.ThrowAsync<InvalidOperationException>(() => _database.WriteAsync(async session =>
        {
            await session.ExecuteAsync(Insert, CancellationToken.None, ("name", "half"));
            throw new InvalidOperationException();
        }, CancellationToken.None));

        (await CountAsync("half")).ShouldBe(0);
        await _database.WriteAsync(session => session.ExecuteAsync(Insert, CancellationToken.None, ("name", "next")), CancellationToken.None);
        (await CountAsync("next")).ShouldBe(1);
    }

    [Fact]
    public async Task A_listener_that_throws_after_the_commit_stops_nobody()
    {
        var heard = 0;
        await _database.WriteAsync(async session =>
        {
            await session.ExecuteAsync(Insert, CancellationToken.None, ("name", "kept"));
            session.OnCommitted(() => throw new InvalidOperationException());
            session.OnCommitted(() => heard++);
        }, CancellationToken.None);
        await _database.WriteAsync(session => session.ExecuteAsync(Insert, CancellationToken.None, ("name", "next")), CancellationToken.None).WaitAsync(CarillonApp.SafetyNet);

        (await CountAsync("kept"), await CountAsync("next"), heard).ShouldBe((1, 1, 1));
    }

    [Fact]
    public async Task Works_that_wait_share_a_transaction_and_only_the_guilty_one_fails()
    {
        var entered = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        var first = _database.WriteAsync(async session =>
        {
            entered.TrySetResult();
            await go.Task;
            return await session.ExecuteAsync(Insert, CancellationToken.None, ("name", "first"));
        }, CancellationToken.None);
        await entered.Task;

        // While the first is at work three more arrive; the middle one is wrong.
        var runs = 0;
        var good = _database.WriteAsync(session => { runs++; return session.ExecuteAsync(Insert, CancellationToken.None, ("name", "good")); }, CancellationToken.None);
        var guilty = _database.WriteAsync(async session =>
        {
            await session.ExecuteAsync(Insert, CancellationToken.None, ("name", "guilty"));
            throw new InvalidOperationException("guilty");
        }, CancellationToken.None);
        var last = _database.WriteAsync(session => session.ExecuteAsync(Insert, CancellationToken.None, ("name", "last")), CancellationToken.None);
        go.SetResult();

        await Task.WhenAll(first, good, last);
        (await Should.ThrowAsync<InvalidOperationException>(() => guilty)).Message.ShouldBe("guilty");
        (await CountAsync("first"), await CountAsync("good"), await CountAsync("guilty"), await CountAsync("last")).ShouldBe((1, 1, 0, 1));
        runs.ShouldBe(2); // once beside the guilty one, once alone
    }

    [Fact]
    public async Task Work_that_is_cancelled_while_it_waits_is_not_done()
    {
        var entered = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        var first = _database.WriteAsync(async _ => { entered.TrySetResult(); await go.Task; }, CancellationToken.None);
        await entered.Task;
        using var stop = new CancellationTokenSource();
        var waiting = _database.WriteAsync(session => session.ExecuteAsync(Insert, CancellationToken.None, ("name", "late")), stop.Token);
        await stop.CancelAsync();
        go.SetResult();

        await first;
        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
        (await CountAsync("late")).ShouldBe(0);
    }

    [Fact]
    public async Task A_reader_does_not_wait_for_a_writer_and_sees_nothing_of_it_before_the_commit()
    {
        await _database.WriteAsync(async session =>
        {
            await session.ExecuteAsync(Insert, CancellationToken.None, ("name", "open"));
            (await CountAsync("open")).ShouldBe(0);
        }, CancellationToken.None);
        (await CountAsync("open")).ShouldBe(1);
    }

    [Fact]
    public async Task A_reader_cannot_write() =>
        await Should.ThrowAsync<Microsoft.Data.Sqlite.SqliteException>(() => _database.ReadAsync(session => session.ExecuteAsync(Insert, CancellationToken.None, ("name", "x")), CancellationToken.None));

    [Fact]
    public async Task Opening_again_applies_no_migration_twice()
    {
        await _database.DisposeAsync();
        _database = await OpenAsync();
        var numbers = await _database.ReadAsync(session => session.QueryAsync("SELECT number FROM migrations", row => row.GetInt32(0), CancellationToken.None), CancellationToken.None);
        numbers.ShouldBe(numbers.Distinct());
        numbers.ShouldContain(1);
    }

    [Fact]
    public async Task An_older_binary_refuses_a_newer_schema()
    {
        await _database.WriteAsync(session => session.ExecuteAsync("INSERT INTO migrations (number, name, applied) VALUES (9999, 'future', 0)", CancellationToken.None), CancellationToken.None);
        (await Should.ThrowAsync<NewerSchemaException>(OpenAsync)).Message.ShouldContain("9999");
    }

    [Fact]
    public async Task Hot_tables_have_the_shard_first_in_their_key()
    {
        foreach (var table in new[] { "profiles", "contacts", "launches", "attachments", "messages", "attempts", "events" })
        {
            var key = await _database.ReadAsync(session => session.QueryAsync($"SELECT name FROM pragma_table_info('{table}') WHERE pk = 1", row => row.GetString(0), CancellationToken.None), CancellationToken.None);
            key.ShouldBe(["shard"], table);
        }
    }

    private Task<SqliteDatabase> OpenAsync() => SqliteDatabase.OpenAsync(DatabasePath, new FakeClock(), CancellationToken.None);

    private Task<long> CountAsync(string name) => _database.ReadAsync(
        async session => (await session.QueryAsync(CountSettings, row => row.GetInt64(0), CancellationToken.None, ("name", name)))[0], CancellationToken.None);

    /// <summary>Asked of the writer, the one connection that commits.</summary>
    private Task<string> PragmaAsync(string name) => _database.WriteAsync(
        async session => (await session.QueryAsync($"PRAGMA {name}", row => row.GetString(0), CancellationToken.None))[0], CancellationToken.None);
}
