using System.Collections.Concurrent;
using Carillon.Repeats;
using Carillon.Retention;
using Carillon.Storage;
using Carillon.Tests.Harness;
using Carillon.Workflows;
using Carillon.Workspace;
using Microsoft.Extensions.Logging;

namespace Carillon.Tests.Storage;

/// <summary>The checker of statements itself: it must see what it is there for.</summary>
public sealed class ShardCheckTests
{
    private static readonly SetStatement<(short Shard, string Id)> Found = new(
        "SELECT r.shard, p.id FROM {set} JOIN profiles p ON p.shard = r.shard AND p.id = r.id",
        new("shard", SqlType.SmallInt, p => p.Shard), new("id", SqlType.Text, p => p.Id));

    [PostgresFact]
    public async Task The_distributed_mode_runs_a_set_shard_by_shard_and_shows_every_statement()
    {
        var store = new TestStore();
        List<string> seen = [];
        await using (await store.OpenAsync(TimeProvider.System))
        await using (var database = await PostgresDatabase.OpenAsync(store.Connection, new PostgresSettings { Distributed = true, Watch = seen.Add }, TimeProvider.System, CancellationToken.None))
        {
            foreach (var (shard, id) in new[] { (3, "a"), (5, "b"), (5, "c"), (9, "d") })
            {
                await database.WriteAsync(session => session.ExecuteAsync("INSERT INTO profiles (shard, id, db_id, doc, created, updated) VALUES (@shard, @id, 1, '{}', 0, 0)",
                    CancellationToken.None, ("shard", (short)shard), ("id", id)), CancellationToken.None);
            }
            List<(short, string)> wanted = [(9, "d"), (5, "c"), (5, "b"), (3, "a"), (3, "b")];
            var rows = await database.ReadAsync(session => session.QuerySetAsync(Found, wanted,
                row => (row.GetInt16(0), row.GetString(1)), CancellationToken.None), CancellationToken.None);

            rows.ShouldBe([((short)3, "a"), ((short)5, "b"), ((short)5, "c"), ((short)9, "d")], ignoreOrder: true);
        }
        seen[^1].ShouldContain("p.shard = @shard");
        ShardCheck.Problem(seen[^1]).ShouldBeNull();
        await store.DeleteAsync();
    }

    [PostgresFact]
    public async Task What_the_cleaner_swallows_fails_the_run_all_the_same()
    {
        var store = new TestStore();
        var found = new ConcurrentQueue<string>();
        await using (await store.OpenAsync(TimeProvider.System))
        await using (var database = await PostgresDatabase.OpenAsync(store.Connection,
            new PostgresSettings { Distributed = true, Watch = sql => ShardCheck.Look(sql.Replace("shard = @shard", "shard >= @shard", StringComparison.Ordinal), found) }, TimeProvider.System, CancellationToken.None))
        {
            var (clock, cleaned) = (new StartedClock(), new Noticed());
            using var cleaner = new Cleaner(database, new AnswerStore(database, new RepeatSettings(), clock), new RunCleaning(new WorkspaceSource(database, clock)), new RetentionSettings(), new Ids(clock), clock, cleaned);
            await cleaner.StartAsync(CancellationToken.None);
            await clock.Started.Task.WaitAsync(CarillonApp.SafetyNet);
            clock.Inner.Advance(TimeSpan.FromMinutes(1));
            (await cleaned.Fault.Task.WaitAsync(CarillonApp.SafetyNet)).ShouldBeOfType<ShardlessException>();
            await cleaner.StopAsync(CancellationToken.None);
        }
        Should.Throw<ShouldAssertException>(() => ShardCheck.Pass(found));
        ShardCheck.Pass([]);
        await store.DeleteAsync();
    }

    /// <summary>A clock that tells when somebody began to wait on it.</summary>
    private sealed class StartedClock : TimeProvider
    {
        public FakeClock Inner { get; } = new();
        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override DateTimeOffset GetUtcNow() => Inner.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = Inner.CreateTimer(callback, state, dueTime, period);
            Started.TrySetResult();
            return timer;
        }
    }

    /// <summary>The first fault that the cleaner tells and goes on after.</summary>
    private sealed class Noticed : ILogger<Cleaner>
    {
        public TaskCompletionSource<Exception> Fault { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not null) Fault.TrySetResult(exception);
        }
    }

    [Theory]
    [InlineData("SELECT id FROM messages WHERE shard = @shard AND id = @id")]
    [InlineData("SELECT value FROM settings WHERE name = 'shards'")]
    [InlineData("SELECT p.id FROM (SELECT @shard AS shard, u.* FROM unnest(@id) AS u(id)) AS r JOIN profiles p ON p.shard = @shard AND p.id = r.id")]
    [InlineData("INSERT INTO events (shard, id) SELECT shard, id FROM (SELECT @shard AS shard, u.* FROM unnest(@id) AS u(id)) AS r")]
    [InlineData("INSERT INTO events (shard, id) VALUES (@shard, @id)")]
    [InlineData("DELETE FROM contacts WHERE shard = @shard AND (shard, kind) IN (SELECT shard, kind FROM (SELECT @shard AS shard, u.* FROM unnest(@kind) AS u(kind)) AS r)")]
    [InlineData("UPDATE messages SET state = coalesce(@state, state) WHERE shard = @shard AND id = @id RETURNING id")]
    [InlineData("WITH due AS MATERIALIZED (SELECT id FROM messages WHERE shard = @shard LIMIT 3) UPDATE messages SET state = 1 WHERE shard = @shard AND id IN (SELECT id FROM due)")]
    [InlineData("SELECT m.id FROM messages m JOIN launches l ON l.shard = m.shard AND l.id = m.launch_id WHERE m.shard = @shard")]
    [InlineData("SELECT p.id FROM profiles p WHERE p.shard = @shard AND EXISTS (SELECT 1 FROM events e WHERE e.shard = p.shard AND e.profile_id = p.id)")]
    public void Statements_of_one_shard_pass(string sql) => ShardCheck.Problem(sql).ShouldBeNull();

    [Theory]
    [InlineData("SELECT id FROM messages WHERE id = @id")]
    [InlineData("SELECT COUNT(*) FROM profiles")]
    [InlineData("SELECT p.id FROM unnest(@shard, @id) AS r(shard, id) JOIN profiles p ON p.shard = r.shard AND p.id = r.id")]
    [InlineData("UPDATE messages SET state = 1 WHERE id IN (SELECT id FROM messages WHERE shard = @shard)")]
    [InlineData("SELECT id FROM messages WHERE shard = @shard AND id IN (SELECT id FROM events WHERE launch_id = @x)")]
    [InlineData("INSERT INTO events (shard, id) SELECT shard, id FROM unnest(@shard, @id) AS r(shard, id)")]
    [InlineData("UPDATE messages SET shard = @shard, state = 1 WHERE id = @id")]
    [InlineData("UPDATE messages SET state = 1, shard = @x")]
    [InlineData("UPDATE messages SET shard = @x WHERE shard = @shard AND id = @id")]
    [InlineData("SELECT m.id FROM messages m JOIN launches l ON l.id = m.launch_id WHERE m.shard = @shard")]
    [InlineData("SELECT m.id FROM messages m JOIN launches l ON l.shard = m.shard AND l.id = m.launch_id WHERE m.id = @id")]
    [InlineData("SELECT m.id FROM messages m JOIN launches l ON l.shard = @other AND l.id = m.launch_id WHERE m.shard = @shard")]
    [InlineData("DELETE FROM contacts WHERE (shard, kind) IN (SELECT shard, kind FROM (SELECT @shard AS shard, u.* FROM unnest(@kind) AS u(kind)) AS r)")]
    public void Statements_over_several_shards_are_found(string sql) => ShardCheck.Problem(sql).ShouldNotBeNull();
}
