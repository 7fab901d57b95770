using System.Text.Json.Nodes;
using Carillon.Storage;

namespace Carillon.Repeats;

/// <summary>
/// The answers of calls that changed or launched. A row is found in one of two ways: a process that has its store to itself
/// (SQLite) remembers the place of recent ones in memory; else, and beyond what the memory may hold, an index leads to it.
/// </summary>
public sealed class AnswerStore(Database database, RepeatSettings settings, TimeProvider time) : IHostedService
{
    private static readonly Column<AnswerRow>[] RowColumns =
    [
        new("shard", SqlType.SmallInt, a => a.Shard), new("expires", SqlType.BigInt, a => a.Expires), new("key", SqlType.Blob, a => a.Key.ToBytes()),
        new("checksum", SqlType.Blob, a => a.Answer.Checksum), new("indexed", SqlType.SmallInt, a => a.Indexed ? 1 : 0),
        new("launch_id", SqlType.Text, a => a.Answer.LaunchId), new("members", SqlType.Text, a => a.Answer.Members),
    ];

    // Where the memory says that it stands.
    private static readonly SetStatement<AnswerPlace> SelectByPlace = new("""
        SELECT a.key, a.expires, a.checksum, a.launch_id, a.members
        FROM {set} JOIN answers a ON a.shard = r.shard AND a.expires = r.expires AND a.key = r.key
        """, new("shard", SqlType.SmallInt, p => p.Shard), new("expires", SqlType.BigInt, p => p.Expires), new("key", SqlType.Blob, p => p.Key.ToBytes()));

    private static readonly SetStatement<AnswerPlace> SelectByKey = new("""
        SELECT a.key, a.expires, a.checksum, a.launch_id, a.members
        FROM {set} JOIN answers a ON a.shard = r.shard AND a.key = r.key AND a.indexed = 1
        """, new("shard", SqlType.SmallInt, p => p.Shard), new("key", SqlType.Blob, p => p.Key.ToBytes()));

    private static readonly SetStatement<AnswerRow> InsertAnswers = new("""
        INSERT INTO answers (shard, expires, key, checksum, indexed, launch_id, members)
        SELECT shard, expires, key, checksum, indexed, launch_id, members FROM {set}
        """, RowColumns);

    // Expired, not cleaned yet, and in the way of a new answer with the same key.
    private static readonly SetStatement<AnswerPlace> DeleteAnswers = new("""
        DELETE FROM answers WHERE {in_shard} (shard, expires, key) {in_set}
        """, new("shard", SqlType.SmallInt, p => p.Shard), new("expires", SqlType.BigInt, p => p.Expires), new("key", SqlType.Blob, p => p.Key.ToBytes()));

    private const string DeleteExpired = """
        DELETE FROM answers WHERE shard = @shard AND (shard, expires, key) IN (SELECT shard, expires, key FROM answers WHERE shard = @shard AND expires <= @before ORDER BY expires LIMIT @most)
        """;

    private const string SelectPlaces = "SELECT key, expires FROM answers WHERE shard = @shard AND indexed = 0 AND expires > @now";

    private const string SelectAnyIndexed = "SELECT COUNT(*) FROM (SELECT 1 FROM answers WHERE indexed = 1 LIMIT 1) AS one";

    private readonly RecentKeys _recent = new(database.Shared ? 0 : settings.KeysInMemory);
    private volatile bool _anyIndexed = true;

    /// <summary>How many keys the memory holds.</summary>
    public int Remembered => _recent.Count;

    /// <summary>Fills the memory with what the last process knew.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (database.Shared) return;
        var now = Now();
        var (places, indexed) = await database.ReadAsync(async session => (
            await session.QueryAsync(SelectPlaces, row => (Key: ReadKey(row), Expires: row.GetInt64(1)), cancellationToken, ("shard", (short)0), ("now", now)),
            (await session.QueryAsync(SelectAnyIndexed, row => row.GetInt64(0), cancellationToken))[0]), cancellationToken);
        foreach (var (key, expires) in places) _recent.TryAdd(key, expires, now);
        _anyIndexed = indexed > 0;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>False when this process never heard of the key; another one may have.</summary>
    public bool IsRemembered(Once call) => _recent.Find(call.Key) is not null;

    /// <summary>Looks for the answer of an earlier call; true when there is one, which is then the call's <see cref="Once.Earlier"/>.</summary>
    public async Task<bool> FindAsync(Once call, CancellationToken cancel)
    {
        if (!MayBeThere(call)) return false;
        var found = await database.ReadAsync(session => Ask(session, [call], cancel).RowsAsync(cancel), cancel);
        call.Earlier = found.Find(row => row.Expires > Now())?.Answer;
        return call.Earlier is not null;
    }

    /// <summary>Looks for the earlier answers of calls that are about to be carried out in this transaction. Calls may be null.</summary>
    public Task<OnceBatch> OpenAsync(Session session, IEnumerable<Once?> calls, CancellationToken cancel) => Ask(session, calls, cancel).OpenAsync(cancel);

    /// <summary>The same for one who has something else to look up first: the question goes along with that.</summary>
    /// <remarks>An answer that another process keeps between the two is not seen; the index objects to it then, and the transaction is done again.</remarks>
    public AskedAnswers Ask(Session session, IEnumerable<Once?> calls, CancellationToken cancel)
    {
        List<AnswerPlace> remembered = [], indexed = [];
        foreach (var key in calls.OfType<Once>().Where(MayBeThere).Select(call => call.Key).Distinct())
        {
            if (_recent.Find(key) is { } expires) remembered.Add(new AnswerPlace(key.Shard(database.Shards), expires, key));
            if (_anyIndexed) indexed.Add(new AnswerPlace(key.Shard(database.Shards), 0, key));
        }
        return new AskedAnswers(this, session.AskSet(SelectByPlace, remembered, ReadRow, cancel), session.AskSet(SelectByKey, indexed, ReadRow, cancel));
    }

    /// <summary>Keeps the answer of a call that was carried out, in a transaction of its own.</summary>
    public Task KeepAsync(Once call, string? launchId, JsonObject members) => database.WriteAsync(async session =>
    {
        var batch = await OpenAsync(session, [call], CancellationToken.None);
        if (batch.IsRepeat(call)) return;
        batch.Keep(call, launchId, [.. members.Select(member => (member.Key, member.Value?.DeepClone()))]);
        await batch.WriteAsync(session, CancellationToken.None);
    }, CancellationToken.None);

    /// <summary>Forgets in memory what has expired.</summary>
    public void CleanMemory() => _recent.Clean(Now());

    /// <summary>Removes expired answers: they are the first of their table, so there is no page to begin after.</summary>
    public static async Task<CleanedPage> CleanAsync(Database database, short shard, string after, long before, int most, CancellationToken cancel)
    {
        var removed = await database.WriteAsync(session => session.ExecuteAsync(DeleteExpired, cancel, ("shard", shard), ("before", before), ("most", most)), cancel);
        return new CleanedPage(removed < most ? null : "", removed);
    }

    /// <remarks>The index objects when another process kept an answer under one of the keys just now; the transaction is then done again, and finds it.</remarks>
    internal async Task WriteAsync(Session session, IReadOnlyList<AnswerPlace> expired, IReadOnlyList<(Once Call, KeptAnswer Answer)> kept, long now, CancellationToken cancel)
    {
        await session.WriteSetAsync(DeleteAnswers, expired, cancel);
        // In one order, so that two transactions with the same keys cannot wait for each other.
        var rows = kept.OrderBy(one => (one.Call.Key.First, one.Call.Key.Second, one.Call.Key.Third)).Select(one => Place(one.Call, one.Answer, now)).ToList();
        await session.WriteSetAsync(InsertAnswers, rows, cancel);
    }

    private AnswerRow Place(Once call, KeptAnswer answer, long now)
    {
        var expires = now + (long)call.Window.TotalMilliseconds;
        var remembered = _recent.TryAdd(call.Key, expires, now);
        if (!remembered) _anyIndexed = true;
        return new AnswerRow(call.Key.Shard(database.Shards), expires, call.Key, answer, !remembered);
    }

    private bool MayBeThere(Once call) => _anyIndexed || _recent.Find(call.Key) is not null;

    private AnswerRow ReadRow(Row row)
    {
        var key = ReadKey(row);
        return new AnswerRow(key.Shard(database.Shards), row.GetInt64(1), key, new KeptAnswer(row.GetBytes(2), row.GetString(3), row.GetString(4)), false);
    }

    private static RepeatKey ReadKey(Row row) => RepeatKey.Read(row.GetBytes(0));

    internal long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>Earlier answers that were asked for.</summary>
public sealed class AskedAnswers
{
    private readonly AnswerStore _store;
    private readonly Asked<AnswerRow> _byPlace;
    private readonly Asked<AnswerRow> _byKey;

    internal AskedAnswers(AnswerStore store, Asked<AnswerRow> byPlace, Asked<AnswerRow> byKey) => (_store, _byPlace, _byKey) = (store, byPlace, byKey);

    public async Task<OnceBatch> OpenAsync(CancellationToken cancel) => new(_store, await RowsAsync(cancel), _store.Now());

    internal async Task<List<AnswerRow>> RowsAsync(CancellationToken cancel) => [.. await _byPlace.RowsAsync(cancel), .. await _byKey.RowsAsync(cancel)];
}

internal readonly record struct AnswerPlace(short Shard, long Expires, RepeatKey Key);

internal sealed record AnswerRow(short Shard, long Expires, RepeatKey Key, KeptAnswer Answer, bool Indexed);
