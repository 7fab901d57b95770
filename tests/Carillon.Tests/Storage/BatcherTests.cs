using System.Threading.Channels;
using Carillon.Storage;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Storage;

public sealed class BatcherTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("carillon-tests-");
    private Database _database = null!;

    public async Task InitializeAsync() => _database = await SqliteDatabase.OpenAsync(Path.Combine(_folder.FullName, "carillon.db"), new FakeClock(), CancellationToken.None);

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Items_that_wait_together_share_one_transaction()
    {
        var gate = new TaskCompletionSource();
        List<int> sizes = [];
        await using var batcher = new Batcher<int, int>(_database, async (_, items, _) =>
        {
            if (sizes.Count == 0) await gate.Task;
            sizes.Add(items.Count);
            return [.. items.Select(item => item * 2)];
        });

        var first = batcher.RunAsync(1, CancellationToken.None);
        var others = Enumerable.Range(2, 50).Select(item => batcher.RunAsync(item, CancellationToken.None)).ToList();
        gate.SetResult();

        (await first).ShouldBe(2);
        (await Task.WhenAll(others)).ShouldBe(Enumerable.Range(2, 50).Select(item => item * 2));
        sizes.Sum().ShouldBe(51);
        sizes.Count.ShouldBeLessThanOrEqualTo(3);
    }

    [Theory]
    [InlineData(1, new[] { 1, 17, 33 })]
    [InlineData(8, new[] { 1, 3, 5 })]
    public async Task Another_batch_joins_those_in_flight_only_when_much_waits(int weight, int[] batches)
    {
        var gate = new TaskCompletionSource();
        var begun = Channel.CreateUnbounded<int>();
        await using var wide = new WideDatabase();
        await using var batcher = new Batcher<int, int>(wide, async (_, items, _) =>
        {
            begun.Writer.TryWrite(items.Count);
            await gate.Task;
            return new int[items.Count];
        }, weigh: _ => weight);

        List<Task> answers = [];
        foreach (var size in batches)
        {
            for (var i = 0; i < size; i++) answers.Add(batcher.RunAsync(i, CancellationToken.None));
            (await begun.Reader.ReadAsync()).ShouldBe(size);
        }
        gate.SetResult();
        await Task.WhenAll(answers);
    }

    [Fact]
    public async Task When_the_database_objects_only_the_guilty_item_fails()
    {
        var gate = new TaskCompletionSource();
        var rounds = 0;
        await using var batcher = new Batcher<string, int>(_database, async (session, items, cancel) =>
        {
            if (rounds++ == 0) await gate.Task;
            foreach (var item in items) await session.ExecuteAsync("INSERT INTO settings (name, value) VALUES (@name, '')", cancel, ("name", item));
            return new int[items.Count];
        });

        var held = batcher.RunAsync("held", CancellationToken.None);
        var answers = new[] { "a", "b", "a", "c" }.Select(item => batcher.RunAsync(item, CancellationToken.None)).ToList();
        gate.SetResult();
        await held;

        await Should.ThrowAsync<Microsoft.Data.Sqlite.SqliteException>(() => answers[2]);
        await Task.WhenAll(answers[0], answers[1], answers[3]);
        var names = await _database.ReadAsync(session => session.QueryAsync("SELECT name FROM settings WHERE length(name) = 1 ORDER BY name", row => row.GetString(0), CancellationToken.None), CancellationToken.None);
        names.ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task A_full_queue_makes_callers_wait_and_then_turns_them_away()
    {
        var gate = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        await using var batcher = new Batcher<int, int>(_database, async (_, items, _) =>
        {
            begun.TrySetResult();
            await gate.Task;
            return new int[items.Count];
        }, largest: 1, capacity: 1, patience: TimeSpan.FromMilliseconds(50));

        var written = batcher.RunAsync(1, CancellationToken.None);
        await begun.Task;
        var waiting = batcher.RunAsync(2, CancellationToken.None);
        await Should.ThrowAsync<BusyException>(() => batcher.RunAsync(3, CancellationToken.None));

        gate.SetResult();
        await Task.WhenAll(written, waiting);
    }

    [Fact]
    public async Task What_was_taken_in_is_carried_out_before_the_batcher_closes()
    {
        var done = 0;
        var batcher = new Batcher<int, int>(_database, (_, items, _) =>
        {
            done += items.Count;
            return Task.FromResult(new int[items.Count]);
        });
        var answers = Enumerable.Range(0, 100).Select(item => batcher.RunAsync(item, CancellationToken.None)).ToList();

        await batcher.DisposeAsync();

        done.ShouldBe(100);
        await Task.WhenAll(answers);
        await Should.ThrowAsync<BusyException>(() => batcher.RunAsync(1, CancellationToken.None));
    }

    /// <summary>Stores nothing, four at a time.</summary>
    private sealed class WideDatabase : Database
    {
        public override int Writers => 4;
        public override bool Shared => true;
        public override Dialect Dialect => PostgresDialect.Instance;
        public override string Description => "wide";
        public override Task<T> WriteAsync<T>(Func<Session, Task<T>> work, CancellationToken cancel) => work(null!);
        public override Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancel) => work(null!);
        public override Task<T> AloneAsync<T>(string key, Func<Task<T>> work, CancellationToken cancel) => work();
        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
