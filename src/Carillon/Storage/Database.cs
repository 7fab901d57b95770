using Microsoft.Extensions.Logging.Abstractions;

namespace Carillon.Storage;

/// <summary>
/// Where everything durable lives. <see cref="WriteAsync{T}"/> returns only after the transaction is committed and synced;
/// when the work throws, nothing of it stays,
/// unless it is an <see cref="UnknownOutcomeException"/>.
/// </summary>
public abstract class Database : IAsyncDisposable
{
    /// <summary>How many shards the hot tables have; fixed when the database is created. 1 on SQLite.</summary>
    public int Shards { get; protected set; } = 1;

    /// <summary>Where the room tells what nobody waits for. The server sets it; commands without a server tell nothing.</summary>
    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>How many batches may be in flight at once. 1 on SQLite, which has one writer.</summary>
    public abstract int Writers { get; }

    /// <summary>Other processes may write here too.</summary>
    public abstract bool Shared { get; }

    public abstract Dialect Dialect { get; }

    /// <summary>For people: which database, which version.</summary>
    public abstract string Description { get; }

    public abstract Task<T> WriteAsync<T>(Func<Session, Task<T>> work, CancellationToken cancel);

    /// <summary>Runs against one consistent picture that holds at least all that was committed before the call.</summary>
    public abstract Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancel);

    /// <summary>The clock by which everything in this database is dated.</summary>
    public virtual TimeProvider Time(TimeProvider machine) => machine;

    /// <summary>Sets <see cref="Time"/> by the database's own clock, where it has one.</summary>
    public virtual Task SetClockAsync(Session session, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Runs while nobody else does so with the same key, in this process or in another one. The work may use transactions of its own.</summary>
    public abstract Task<T> AloneAsync<T>(string key, Func<Task<T>> work, CancellationToken cancel);

    public Task WriteAsync(Func<Session, Task> work, CancellationToken cancel) =>
        WriteAsync(async session => { await work(session); return true; }, cancel);

    /// <summary>The shard of a contact: a function of its text, the same on every machine.</summary>
    public short ShardOfContact(string kind, string value) =>
        Shards == 1 ? (short)0 : (short)(XxHash64.Of(kind + "\n" + value) % (ulong)Shards);

    public short ShardOfId(string id) => Ids.ShardOf(id, Shards);

    public abstract ValueTask DisposeAsync();
}

/// <summary>Another transaction wrote first what this one was about to write; when it is done again, it will see that.</summary>
public sealed class RaceException() : Exception("Another transaction was first");
