using Carillon.Storage;

namespace Carillon.History;

/// <summary>Told of events in the transaction that appends them; what it writes is committed with them.</summary>
public delegate Task EventWatch(Session session, IReadOnlyList<Event> events, CancellationToken cancel);

/// <summary>Appends to history and reads it. Nothing here changes or removes a row.</summary>
public sealed class EventStore(Database database, Ids ids)
{
    /// <summary>For a room above, whose work begins with what happens; set once, when the rooms are put together.</summary>
    public EventWatch? Watch { get; init; }

    private static readonly SetStatement<(string Id, short Shard, Event Event)> InsertEvents = new("""
        INSERT INTO events (shard, profile_id, id, db_id, kind, time, launch_id, message_id, doc)
        SELECT shard, profile_id, id, db_id, kind, time, launch_id, message_id, doc FROM {set}
        """,
        new("shard", SqlType.SmallInt, e => e.Shard),
        new("profile_id", SqlType.Text, e => e.Event.ProfileId),
        new("id", SqlType.Text, e => e.Id),
        new("db_id", SqlType.Int, e => e.Event.DatabaseId),
        new("kind", SqlType.Text, e => e.Event.Kind),
        new("time", SqlType.BigInt, e => e.Event.Time),
        new("launch_id", SqlType.Text, e => e.Event.LaunchId),
        new("message_id", SqlType.Text, e => e.Event.MessageId),
        new("doc", SqlType.Text, e => e.Event.Document));

    private const string SelectByProfile = """
        SELECT profile_id, db_id, kind, time, launch_id, message_id, doc
        FROM events WHERE shard = @shard AND profile_id = @profile_id ORDER BY id
        """;

    /// <summary>Appends events, each on its profile's shard.</summary>
    public async Task AppendAsync(Session session, IEnumerable<Event> events, CancellationToken cancel)
    {
        List<Event> happened = [.. events];
        if (happened.Count == 0) return;
        await session.WriteSetAsync(InsertEvents, [.. happened.Select(Placed)], cancel);
        if (Watch is { } watch) await watch(session, happened, cancel);
    }

    /// <summary>A profile's history, oldest first.</summary>
    public Task<List<Event>> ReadAsync(string profileId, CancellationToken cancel) => database.ReadAsync(
        session => session.QueryAsync(SelectByProfile, Read, cancel, ("shard", database.ShardOfId(profileId)), ("profile_id", profileId)), cancel);

    private (string, short, Event) Placed(Event happened)
    {
        var shard = database.ShardOfId(happened.ProfileId);
        return (ids.New(shard), shard, happened);
    }

    private static Event Read(Row row) => new()
    {
        ProfileId = row.GetString(0), DatabaseId = row.GetInt32(1), Kind = row.GetString(2), Time = row.GetInt64(3),
        LaunchId = row.GetString(4), MessageId = row.GetString(5), Document = row.GetString(6),
    };
}
