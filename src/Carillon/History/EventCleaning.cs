using Carillon.Storage;

namespace Carillon.History;

/// <summary>Removes old history. Events stand by profile, not by time: the whole table is walked, a page now and then.</summary>
public static class EventCleaning
{
    private const string PageOfEvents = """
        SELECT profile_id, id, time FROM events WHERE shard = @shard AND (profile_id, id) > (@profile_id, @id) ORDER BY profile_id, id LIMIT @most
        """;

    private static readonly SetStatement<(short Shard, string ProfileId, string Id)> DeleteEvents = new("""
        DELETE FROM events WHERE {in_shard} (shard, profile_id, id) {in_set}
        """, new("shard", SqlType.SmallInt, e => e.Shard), new("profile_id", SqlType.Text, e => e.ProfileId), new("id", SqlType.Text, e => e.Id));

    public static async Task<CleanedPage> EventsAsync(Database database, short shard, string after, long before, int most, CancellationToken cancel)
    {
        var cut = after.IndexOf(' ', StringComparison.Ordinal);
        var rows = await database.ReadAsync(session => session.QueryAsync(PageOfEvents, row => (ProfileId: row.GetString(0), Id: row.GetString(1), Time: row.GetInt64(2)), cancel,
            ("shard", shard), ("profile_id", cut < 0 ? "" : after[..cut]), ("id", after[(cut + 1)..]), ("most", most)), cancel);
        var old = rows.Where(row => row.Time < before).Select(row => (shard, row.ProfileId, row.Id)).ToList();
        if (old.Count > 0) await database.WriteAsync(session => session.ExecuteSetAsync(DeleteEvents, old, cancel), cancel);
        return new CleanedPage(rows.Count < most ? null : $"{rows[^1].ProfileId} {rows[^1].Id}", old.Count);
    }
}
