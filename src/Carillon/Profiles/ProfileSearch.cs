using Carillon.Query;
using Carillon.Storage;

namespace Carillon.Profiles;

/// <summary>The statements that find profiles by a filter: a page after the other, so that memory stays the same at any number of profiles.</summary>
public static class ProfileSearch
{
    /// <summary>So many rows are looked at in one page.</summary>
    public const int PageSize = 1000;

    // Keys that are looked up together.
    private const int KeysAtOnce = 50;

    // Where does a page end?
    private const string SelectEnd = """
        SELECT MAX(id), COUNT(*) FROM (SELECT id FROM profiles WHERE shard = @shard AND id > @after ORDER BY id LIMIT @most) AS page
        """;

    /// <summary>Whom does each key lead to? In order, so that one with more of them can be read on.</summary>
    public static readonly SetStatement<(short Shard, ContactKey Key)> SelectHolders = new("""
        SELECT c.kind, c.value, c.holder, c.profile_id
        FROM {set} JOIN contacts c ON c.shard = r.shard AND c.db_id = r.db_id AND c.kind = r.kind AND c.value = r.value ORDER BY c.holder
        """, ProfileStore.KeyColumns) { MostPerItem = ProfileStore.MaxRows };

    private const string SelectMoreHolders = """
        SELECT c.kind, c.value, c.holder, c.profile_id FROM contacts c
        WHERE c.shard = @shard AND c.db_id = @db_id AND c.kind = @kind AND c.value = @value AND c.holder > @after ORDER BY c.holder LIMIT @most
        """;

    /// <summary>The profiles of one page that match.</summary>
    /// <param name="sql">The query's condition in the words of this database.</param>
    /// <param name="most">So many rows are looked at.</param>
    public static async Task<ProfilePage> ReadPageAsync(Session session, Database database, ProfileQuery query, FilterSql sql, ProfileCursor from, int most, CancellationToken cancel)
    {
        var (end, looked) = (await session.QueryAsync(SelectEnd, row => (End: row.IsDBNull(0) ? null : row.GetString(0), Count: row.GetInt64(1)), cancel,
            ("shard", from.Shard), ("after", from.After), ("most", most)))[0];
        if (end is null) return new ProfilePage([], 0, from.Shard + 1 < database.Shards ? new ProfileCursor((short)(from.Shard + 1), "") : null);
        var candidates = await session.QueryAsync(Statement(sql, database.Dialect), ProfileStore.ReadProfile, cancel,
            [("shard", from.Shard), ("after", from.After), ("end", end), ("db_id", query.Database.Id), .. sql.Values]);
        return new ProfilePage(candidates.FindAll(query.Matches), looked, new ProfileCursor(from.Shard, end));
    }

    /// <summary>Profiles that stand under the keys, each group once per key; they are candidates.</summary>
    public static async IAsyncEnumerable<List<string>> LookUpAsync(Database database, ProfileQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var group in query.Keys!.Chunk(KeysAtOnce))
        {
            yield return [.. group.Where(key => key.Kind.Length == 0).Select(key => key.Value)];
            List<(short, ContactKey)> keys = [.. group.Where(key => key.Kind.Length > 0).Select(key => (database.ShardOfContact(key.Kind, key.Value), new ContactKey(query.Database.Id, key.Kind, key.Value)))];
            var rows = await database.ReadAsync(session => session.QuerySetAsync(SelectHolders, keys, ReadHolder, cancel), cancel);
            yield return rows.ConvertAll(row => row.ProfileId);
            foreach (var full in rows.GroupBy(row => (row.Kind, row.Value)).Where(rows => rows.Count() == ProfileStore.MaxRows).ToList())
            {
                var key = new ContactKey(query.Database.Id, full.Key.Kind, full.Key.Value);
                await foreach (var more in ReadOnAsync(database, key, full.MaxBy(row => row.Holder, StringComparer.Ordinal).Holder, cancel)) yield return more;
            }
        }
    }

    private static async IAsyncEnumerable<List<string>> ReadOnAsync(Database database, ContactKey key, string after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var shard = database.ShardOfContact(key.Kind, key.Value);
        while (true)
        {
            var rows = await database.ReadAsync(session => session.QueryAsync(SelectMoreHolders, ReadHolder, cancel,
                ("shard", shard), ("db_id", key.DatabaseId), ("kind", key.Kind), ("value", key.Value), ("after", after), ("most", PageSize)), cancel);
            if (rows.Count == 0) yield break;
            after = rows[^1].Holder;
            yield return rows.ConvertAll(row => row.ProfileId);
        }
    }

    /// <summary>The condition is made of constants that were chosen; values are parameters only.</summary>
    public static string Statement(FilterSql sql, Dialect dialect) => $"""
        SELECT p.id, p.shard, p.db_id, p.doc, p.created, p.updated FROM profiles p {dialect.Json.Prepare}
        WHERE p.shard = @shard AND p.id > @after AND p.id <= @end AND p.db_id = @db_id AND {sql.Condition} ORDER BY p.id
        """;

    private static (string Kind, string Value, string Holder, string ProfileId) ReadHolder(Row row) =>
        (row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3));
}

/// <summary>Where a search stands: after this id of this shard. It stays valid while profiles come and go.</summary>
public readonly record struct ProfileCursor(short Shard, string After)
{
    public static readonly ProfileCursor Start = new(0, "");
}

/// <param name="Looked">How many rows were looked at.</param>
/// <param name="Next">Where to go on; null at the end.</param>
public sealed record ProfilePage(IReadOnlyList<Profile> Found, long Looked, ProfileCursor? Next);
