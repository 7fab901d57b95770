using Carillon.Storage;

namespace Carillon.Tests.Harness;

/// <summary>A store that goes away, or whose connection breaks off with a commit, when a test says so. Where nothing is said it is the store itself.</summary>
public sealed class FragileDatabase : Database
{
    private readonly Database _store;
    private readonly Database _eyes;

    /// <param name="eyes">The same store, for the eyes of the test.</param>
    public FragileDatabase(Database store, Database eyes) => (_store, _eyes, Shards) = (store, eyes, store.Shards);

    /// <summary>Looks at the store before each transaction of the product: true, and it cannot be reached for this one.</summary>
    public Func<Database, Task<bool>>? IsAwayAsync { get; set; }

    /// <summary>It is there and answers too late instead, when it is "away".</summary>
    public bool IsSlow { get; set; }

    /// <summary>Looks at the store after each commit: true, and whoever committed does not hear of it. Once.</summary>
    public Func<Database, Task<bool>>? LosesCommitAsync { get; set; }

    public override int Writers => _store.Writers;
    public override bool Shared => _store.Shared;
    public override Dialect Dialect => _store.Dialect;
    public override string Description => _store.Description;
    public override TimeProvider Time(TimeProvider machine) => _store.Time(machine);
    public override Task SetClockAsync(Session session, CancellationToken cancel) => _store.SetClockAsync(session, cancel);

    public override async Task<T> WriteAsync<T>(Func<Session, Task<T>> work, CancellationToken cancel)
    {
        await ReachAsync();
        var result = await _store.WriteAsync(work, cancel);
        if (LosesCommitAsync is { } loses && await loses(_eyes))
        {
            LosesCommitAsync = null;
            throw new UnknownOutcomeException(new IOException("the connection broke"));
        }
        return result;
    }

    public override async Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancel)
    {
        await ReachAsync();
        return await _store.ReadAsync(work, cancel);
    }

    public override async Task<T> AloneAsync<T>(string key, Func<Task<T>> work, CancellationToken cancel)
    {
        await ReachAsync();
        return await _store.AloneAsync(key, work, cancel);
    }

    public override ValueTask DisposeAsync() => _store.DisposeAsync();

    private async Task ReachAsync()
    {
        if (IsAwayAsync is { } isAway && await isAway(_eyes)) throw IsSlow ? new TimedOutException(new TimeoutException("the store is slow")) : new AwayException(new IOException("the store is away"));
    }
}

internal static class Counting
{
    /// <summary>Whether a table holds so many rows.</summary>
    public static Task<bool> HoldsAsync(this Database store, string table, int rows) => store.ReadAsync(
        async session => (await session.QueryAsync($"SELECT COUNT(*) FROM {table}", row => row.GetInt64(0), CancellationToken.None))[0] >= rows, CancellationToken.None);
}
