using Carillon.Storage;

namespace Carillon.Workflows;

/// <summary>The statements over happenings: rows that wait to be acted upon.</summary>
public static class HappeningStore
{
    private static readonly Column<(Happening Happening, bool Wanted)>[] AllColumns =
    [
        new("shard", SqlType.SmallInt, h => h.Happening.Shard), new("id", SqlType.Text, h => h.Happening.Id), new("profile_id", SqlType.Text, h => h.Happening.ProfileId),
        new("db_id", SqlType.Int, h => h.Happening.DatabaseId), new("kind", SqlType.Text, h => h.Happening.Kind), new("time", SqlType.BigInt, h => h.Happening.Time),
        new("launch_id", SqlType.Text, h => h.Happening.LaunchId), new("message_id", SqlType.Text, h => h.Happening.MessageId),
        new("doc", SqlType.Text, h => RunJson.Write(h.Happening.Document)), new("wanted", SqlType.SmallInt, h => h.Wanted ? 1 : 0),
    ];

    // What nobody starts from is kept only when a run of the profile waits for something.
    private static readonly SetStatement<(Happening, bool)> InsertHappenings = new("""
        INSERT INTO happenings (shard, id, profile_id, db_id, kind, time, launch_id, message_id, doc)
        SELECT r.shard, r.id, r.profile_id, r.db_id, r.kind, r.time, r.launch_id, r.message_id, r.doc FROM {set}
        WHERE r.wanted = 1 OR EXISTS (SELECT 1 FROM runs WHERE runs.shard = r.shard AND runs.profile_id = r.profile_id AND runs.state = 0 AND runs.waits_for <> '')
        """, AllColumns);

    private static readonly SetStatement<short> SelectWaiting = new("""
        SELECT r.shard FROM {set} WHERE EXISTS (SELECT 1 FROM happenings h WHERE h.shard = r.shard)
        """, new Column<short>("shard", SqlType.SmallInt, shard => shard));

    private const string ClaimOldest = """
        SELECT shard, id, profile_id, db_id, kind, time, launch_id, message_id, doc FROM happenings WHERE shard = @shard ORDER BY id LIMIT @most {skip_locked}
        """;

    private static readonly SetStatement<Happening> DeleteHappenings = new("""
        DELETE FROM happenings WHERE {in_shard} (shard, id) {in_set}
        """, new("shard", SqlType.SmallInt, h => h.Shard), new("id", SqlType.Text, h => h.Id));

    /// <param name="happenings">Each with whether something starts from it.</param>
    public static Task<int> InsertAsync(Session session, IReadOnlyList<(Happening, bool Wanted)> happenings, CancellationToken cancel) =>
        session.ExecuteSetAsync(InsertHappenings, happenings, cancel);

    /// <summary>The shards where something waits.</summary>
    public static Task<List<short>> FindAsync(Session session, IReadOnlyList<short> shards, CancellationToken cancel) =>
        session.QuerySetAsync(SelectWaiting, shards, row => row.GetInt16(0), cancel);

    /// <summary>The oldest of a shard; the transaction's lock on the row is the claim.</summary>
    public static Task<List<Happening>> ClaimAsync(Session session, short shard, int most, CancellationToken cancel) =>
        session.QueryAsync(ClaimOldest, Read, cancel, ("shard", shard), ("most", most));

    public static Task DeleteAsync(Session session, IReadOnlyList<Happening> happenings, CancellationToken cancel) =>
        session.WriteSetAsync(DeleteHappenings, happenings, cancel);

    private static Happening Read(Row row) => new()
    {
        Shard = row.GetInt16(0), Id = row.GetString(1), ProfileId = row.GetString(2), DatabaseId = row.GetInt32(3), Kind = row.GetString(4),
        Time = row.GetInt64(5), LaunchId = row.GetString(6), MessageId = row.GetString(7), Document = RunJson.Read(row.GetString(8)),
    };
}
