using System.Numerics;
using System.Runtime.InteropServices;
using Carillon.Storage;

namespace Carillon.Queue;

/// <summary>The statements that move messages; one per transition of docs/states.md.</summary>
public static class MessageStore
{
    private static readonly int[] Priorities = [.. Enum.GetValues<MessagePriority>().Select(priority => (int)priority)];

    /// <summary>What <see cref="Read"/> reads, in its order.</summary>
    public const string Columns = """
        shard, id, launch_id, profile_id, db_id, trigger_id, resource_id, channel, contact, sender_id,
        priority, run_at, expires_at, created, state, attempts, reason, updated, workflow_id, run_id, template_id, flags, first_due
        """;

    private static readonly SetStatement<Message> InsertMessages = new("""
        INSERT INTO messages (shard, id, launch_id, profile_id, db_id, trigger_id, resource_id, channel, contact, sender_id,
            priority, run_at, expires_at, created, updated, state, attempts, owner, on_wire, reason, workflow_id, run_id, template_id, flags)
        SELECT shard, id, launch_id, profile_id, db_id, trigger_id, resource_id, channel, contact, sender_id,
            priority, run_at, expires_at, created, created, 0, 0, '', 0, '', workflow_id, run_id, template_id, flags FROM {set}
        """,
        new("shard", SqlType.SmallInt, m => m.Shard), new("id", SqlType.Text, m => m.Id), new("launch_id", SqlType.Text, m => m.LaunchId),
        new("profile_id", SqlType.Text, m => m.ProfileId), new("db_id", SqlType.Int, m => m.DatabaseId), new("trigger_id", SqlType.Int, m => m.TriggerId),
        new("resource_id", SqlType.Int, m => m.ResourceId), new("channel", SqlType.Text, m => m.Channel), new("contact", SqlType.Text, m => m.Contact),
        new("sender_id", SqlType.Int, m => m.SenderId), new("priority", SqlType.SmallInt, m => (int)m.Priority), new("run_at", SqlType.BigInt, m => m.RunAt),
        new("expires_at", SqlType.BigInt, m => m.ExpiresAt), new("created", SqlType.BigInt, m => m.Created),
        new("workflow_id", SqlType.Int, m => m.WorkflowId), new("run_id", SqlType.Text, m => m.RunId), new("template_id", SqlType.Int, m => m.TemplateId),
        new("flags", SqlType.SmallInt, m => (int)m.Flags));

    // Where is anything due? One row of the index per shard and priority.
    private static readonly SetStatement<(short Shard, int Priority, int SenderId, long Now)> SelectDue = new("""
        SELECT r.shard, r.priority FROM {set} WHERE EXISTS (
            SELECT 1 FROM messages m
            WHERE m.shard = r.shard AND m.sender_id = r.sender_id AND m.priority = r.priority AND m.state = 0 AND m.run_at <= r.now)
        """,
        new("shard", SqlType.SmallInt, d => d.Shard), new("priority", SqlType.SmallInt, d => d.Priority),
        new("sender_id", SqlType.Int, d => d.SenderId), new("now", SqlType.BigInt, d => d.Now));

    // What is due at each place, oldest first. One priority per place, so that the index ends where the future begins. Limits are powers of
    // two, so that few texts are prepared.
    private static readonly SetStatement<(short Shard, int Priority, int SenderId, long Now)>[] PickDue = [.. Enumerable.Range(0, 11).Select(power =>
        new SetStatement<(short Shard, int Priority, int SenderId, long Now)>($$"""
            SELECT {{ColumnsOf("m")}} FROM {set} JOIN messages m
            ON m.shard = r.shard AND m.sender_id = r.sender_id AND m.priority = r.priority AND m.state = 0 AND m.run_at <= r.now
            ORDER BY m.run_at {skip_locked}
            """, [.. SelectDue.Columns]) { MostPerItem = 1 << power })];

    private static readonly SetStatement<Message> ClaimPicked = new("""
        UPDATE messages SET state = 1, owner = r.new_owner, attempts = r.number, updated = r.moment FROM {set} WHERE messages.shard = r.shard AND messages.id = r.id
        """,
        new("shard", SqlType.SmallInt, m => m.Shard), new("id", SqlType.Text, m => m.Id), new("new_owner", SqlType.Text, m => m.Owner),
        new("number", SqlType.Int, m => m.Attempts), new("moment", SqlType.BigInt, m => m.Updated));

    private static readonly SetStatement<(Message Message, string Owner)> MarkWire = new("""
        UPDATE messages SET on_wire = 1 FROM {set} WHERE messages.shard = r.shard AND messages.id = r.id AND messages.owner = r.owner AND messages.attempts = r.attempts AND messages.state BETWEEN 1 AND 1
        """,
        new("shard", SqlType.SmallInt, m => m.Message.Shard), new("id", SqlType.Text, m => m.Message.Id), new("owner", SqlType.Text, m => m.Owner),
        new("attempts", SqlType.Int, m => m.Message.Attempts));

    // The claim's owner and number must still be those of the claim: a lease that was lost meanwhile decides nothing.
    // BETWEEN 1 AND 1 keeps the planner from the index of claimed messages, which is small to it and full of those that were.
    private static readonly SetStatement<Recorded> FinishClaims = new("""
        UPDATE messages SET state = r.next, reason = r.reason, run_at = r.run_at, first_due = CASE WHEN messages.first_due = 0 THEN messages.run_at ELSE messages.first_due END, updated = r.now, owner = '', on_wire = 0
        FROM {set}
        WHERE messages.shard = r.shard AND messages.id = r.id AND messages.owner = r.owner AND messages.attempts = r.attempts AND messages.state BETWEEN 1 AND 1
        """,
        new("shard", SqlType.SmallInt, m => m.Message.Shard), new("id", SqlType.Text, m => m.Message.Id), new("owner", SqlType.Text, m => m.Owner),
        new("attempts", SqlType.Int, m => m.Message.Attempts), new("next", SqlType.SmallInt, m => (int)m.Verdict.Next), new("reason", SqlType.Text, m => m.Verdict.Reason),
        new("run_at", SqlType.BigInt, m => m.Verdict.Next == MessageState.Queued ? m.Verdict.RunAt : m.Message.RunAt), new("now", SqlType.BigInt, m => m.Now));

    private static readonly SetStatement<Recorded> InsertAttempts = new("""
        INSERT INTO attempts (shard, message_id, number, sender_id, started, finished, outcome, reply)
        SELECT shard, message_id, number, sender_id, started, finished, outcome, reply FROM {set} WHERE true
        ON CONFLICT (shard, message_id, number) DO NOTHING
        """,
        new("shard", SqlType.SmallInt, m => m.Message.Shard), new("message_id", SqlType.Text, m => m.Message.Id), new("number", SqlType.Int, m => m.Verdict.Attempt!.Number),
        new("sender_id", SqlType.Int, m => m.Verdict.Attempt!.SenderId), new("started", SqlType.BigInt, m => m.Verdict.Attempt!.Started),
        new("finished", SqlType.BigInt, m => m.Verdict.Attempt!.Finished), new("outcome", SqlType.Text, m => m.Verdict.Attempt!.Outcome), new("reply", SqlType.Text, m => m.Verdict.Attempt!.Reply));

    // Did a try end without the server's word on the mail? Asked where no further try is to come.
    private const string SelectLostAnswer = "SELECT 1 FROM attempts WHERE shard = @shard AND message_id = @message_id AND outcome = 'unknown' LIMIT 1";

    // Who has claimed anything? One row per shard and process.
    private static readonly SetStatement<short> SelectOwners = new("""
        SELECT DISTINCT r.shard, m.owner FROM {set} JOIN messages m ON m.shard = r.shard WHERE m.state = 1
        """, new Column<short>("shard", SqlType.SmallInt, shard => shard));

    private static readonly SetStatement<(short Shard, string Owner, int SenderId)> SelectClaimed = new($$"""
        SELECT {{Columns}} FROM (
            SELECT m.* FROM {set} JOIN messages m ON m.shard = r.shard AND m.owner = r.owner AND m.sender_id = r.sender_id WHERE m.state = 1) AS claimed
        """,
        new("shard", SqlType.SmallInt, c => c.Shard), new("owner", SqlType.Text, c => c.Owner), new("sender_id", SqlType.Int, c => c.SenderId));

    // The owner died. What asked to be held and was on the wire becomes unknown; the rest waits again.
    private const string RescueClaims = $"""
        UPDATE messages SET state = CASE on_wire WHEN 1 THEN 6 ELSE 0 END, run_at = CASE on_wire WHEN 1 THEN run_at ELSE @now END,
            first_due = CASE first_due WHEN 0 THEN run_at ELSE first_due END,
            reason = CASE on_wire WHEN 1 THEN 'the process died while the message was on the wire' ELSE 'rescued from a process that died' END,
            owner = '', on_wire = 0, updated = @now
        WHERE shard = @shard AND state = 1 AND owner = @owner
        RETURNING {Columns}
        """;

    // The next that wait in the order of the index of waiting messages, whosever they are: so a step over a long queue is short.
    private const string SelectWaiting = """
        SELECT id, run_at, trigger_id FROM messages
        WHERE shard = @shard AND sender_id = @sender_id AND priority = @priority AND state = 0 AND run_at >= @run_at AND (run_at, id) > (@run_at, @id)
        ORDER BY run_at, id LIMIT @most
        """;

    private static readonly SetStatement<(short Shard, string Id, string Reason, long Now)> SkipWaiting = new($"""
        UPDATE messages SET state = 5, reason = r.why, updated = r.moment FROM {"{set}"}
        WHERE messages.shard = r.shard AND messages.id = r.id AND messages.state = 0
        RETURNING {ColumnsOf("messages")}
        """,
        new("shard", SqlType.SmallInt, m => m.Shard), new("id", SqlType.Text, m => m.Id), new("why", SqlType.Text, m => m.Reason), new("moment", SqlType.BigInt, m => m.Now));

    private const string AnyWaiting = "SELECT 1 FROM messages WHERE shard = @shard AND state IN (0, 1) AND trigger_id = @trigger_id LIMIT 1";

    private static readonly SetStatement<(short Shard, long Now)> SelectDepth = new("""
        SELECT COUNT(*), COALESCE(MIN(CASE WHEN m.run_at <= r.now THEN m.run_at END), 0) FROM {set} JOIN messages m ON m.shard = r.shard AND m.state = 0
        """, new("shard", SqlType.SmallInt, d => d.Shard), new("now", SqlType.BigInt, d => d.Now));

    public static Task EnqueueAsync(Session session, IReadOnlyList<Message> messages, CancellationToken cancel) =>
        session.WriteSetAsync(InsertMessages, messages, cancel);

    /// <summary>queued -> sending: takes at most <paramref name="most"/> due messages of a sender from some shards, the urgent ones first.</summary>
    public static async Task<List<Message>> ClaimAsync(Session session, IReadOnlyList<short> shards, int senderId, Claim claim, int most, CancellationToken cancel)
    {
        // 1. Where? A place is a shard and a priority.
        var places = shards.SelectMany(shard => Priorities.Select(priority => (shard, priority, senderId, claim.Now))).ToList();
        if (shards.Count > most) places = await SomeDueAsync(session, places, most, cancel);

        // 2. Pick what is due there, an equal part from each shard. More may be picked than taken: it stays where it is.
        var perShard = most / Math.Max(1, Math.Min(shards.Count, places.Count));
        var power = Math.Clamp(BitOperations.Log2((uint)perShard), 0, PickDue.Length - 1);
        var picked = await session.QuerySetAsync(PickDue[power], places, Read, cancel);

        // 3. Take it.
        List<Message> claimed = [.. picked.OrderBy(message => message.Priority).ThenBy(message => message.RunAt).Take(most).Select(message => message with
        {
            State = MessageState.Sending, Owner = claim.Owner, Attempts = message.Attempts + 1, Updated = claim.Now,
        })];
        await session.WriteSetAsync(ClaimPicked, claimed, cancel);
        return claimed;
    }

    /// <summary>The places that have something, the urgent ones first; which of them, when there are more than messages wanted, is left to chance, so that none
    /// waits for ever.</summary>
    private static async Task<List<(short Shard, int Priority, int SenderId, long Now)>> SomeDueAsync(
        Session session, List<(short Shard, int Priority, int SenderId, long Now)> places, int most, CancellationToken cancel)
    {
        var (_, _, senderId, now) = places[0];
        var due = await session.QuerySetAsync(SelectDue, places, row => (row.GetInt16(0), (int)row.GetInt16(1), senderId, now), cancel);
        Random.Shared.Shuffle(CollectionsMarshal.AsSpan(due));
        return [.. due.OrderBy(place => place.Item2).Take(most)];
    }

    /// <summary>Notes that messages go on the wire now, for those that must not be repeated on suspicion.</summary>
    /// <returns>How many of the claims still hold.</returns>
    public static Task<int> MarkOnWireAsync(Session session, IReadOnlyList<(Message, string Owner)> messages, CancellationToken cancel) =>
        session.ExecuteSetAsync(MarkWire, messages, cancel);

    /// <summary>sending -> sent, failed, expired, skipped, unknown, or back to queued.</summary>
    /// <returns>How many of the claims still held; the others were lost, and their verdicts decide nothing.</returns>
    public static async Task<int> FinishAsync(Session session, IReadOnlyList<Recorded> verdicts, CancellationToken cancel)
    {
        await session.WriteSetAsync(InsertAttempts, [.. verdicts.Where(recorded => recorded.Verdict.Attempt is not null)], cancel);
        return await session.ExecuteSetAsync(FinishClaims, verdicts, cancel);
    }

    /// <summary>Whether the answer to one of the tries so far was lost: the mail may have arrived.</summary>
    public static async Task<bool> LostAnswerAsync(Session session, Message message, CancellationToken cancel) =>
        (await session.QueryAsync(SelectLostAnswer, _ => true, cancel, ("shard", message.Shard), ("message_id", message.Id))).Count > 0;

    /// <summary>Who has claimed anything, by shard.</summary>
    public static Task<List<(short Shard, string Owner)>> OwnersAsync(Session session, IEnumerable<short> shards, CancellationToken cancel) =>
        session.QuerySetAsync(SelectOwners, [.. shards], row => (row.GetInt16(0), row.GetString(1)), cancel);

    /// <summary>What a process has claimed of a sender and has not written down.</summary>
    public static Task<List<Message>> ClaimedAsync(Session session, IEnumerable<short> shards, string owner, int senderId, CancellationToken cancel) =>
        session.QuerySetAsync(SelectClaimed, [.. shards.Select(shard => (shard, owner, senderId))], row => Read(row) with { Owner = owner }, cancel);

    /// <summary>sending -> queued or unknown, for the claims of a process that died.</summary>
    public static Task<List<Message>> RescueAsync(Session session, short shard, string owner, long now, CancellationToken cancel) =>
        session.QueryAsync(RescueClaims, Read, cancel, ("now", now), ("shard", shard), ("owner", owner));

    /// <summary>queued -> skipped: those of a trigger among the next <paramref name="most"/> that wait.</summary>
    /// <returns>Those that were skipped, and where to go on; null at the end of the queue.</returns>
    public static async Task<(List<Message> Skipped, WaitingPlace? Next)> SkipWaitingAsync(Session session, WaitingPlace after, int triggerId, string reason, long now, int most, CancellationToken cancel)
    {
        var waiting = await session.QueryAsync(SelectWaiting, row => (Id: row.GetString(0), RunAt: row.GetInt64(1), TriggerId: row.GetInt32(2)), cancel,
            ("shard", after.Shard), ("sender_id", after.SenderId), ("priority", (int)after.Priority), ("run_at", after.RunAt), ("id", after.Id), ("most", most));
        var skipped = await session.QuerySetAsync(SkipWaiting, [.. waiting.Where(message => message.TriggerId == triggerId).Select(message => (after.Shard, message.Id, reason, now))], Read, cancel);
        return (skipped, waiting.Count < most ? null : after with { RunAt = waiting[^1].RunAt, Id = waiting[^1].Id });
    }

    /// <summary>Whether a trigger has messages without a verdict. Looks at all that wait, so it is for rare calls.</summary>
    public static async Task<bool> AnyWaitingAsync(Session session, short shard, int triggerId, CancellationToken cancel) =>
        (await session.QueryAsync(AnyWaiting, _ => true, cancel, ("shard", shard), ("trigger_id", triggerId))).Count > 0;

    /// <summary>How many messages wait, and since when the oldest due one does (0: none is due).</summary>
    public static async Task<(long Count, long Oldest)> DepthAsync(Session session, int shards, long now, CancellationToken cancel)
    {
        var places = Enumerable.Range(0, shards).Select(shard => ((short)shard, now)).ToList();
        var depths = await session.QuerySetAsync(SelectDepth, places, row => (Count: row.GetInt64(0), Oldest: row.GetInt64(1)), cancel);
        return (depths.Sum(depth => depth.Count), depths.Select(depth => depth.Oldest).Where(oldest => oldest > 0).DefaultIfEmpty().Min());
    }

    /// <summary>For a statement that joins a set, whose columns have the same names.</summary>
    private static string ColumnsOf(string table) => string.Join(", ", Columns.Split(',', StringSplitOptions.TrimEntries).Select(column => $"{table}.{column}"));

    public static Message Read(Row row) => new()
    {
        Shard = row.GetInt16(0), Id = row.GetString(1), LaunchId = row.GetString(2), ProfileId = row.GetString(3), DatabaseId = row.GetInt32(4),
        TriggerId = row.GetInt32(5), ResourceId = row.GetInt32(6), Channel = row.GetString(7), Contact = row.GetString(8), SenderId = row.GetInt32(9),
        Priority = (MessagePriority)row.GetInt16(10), RunAt = row.GetInt64(11), ExpiresAt = row.GetInt64(12), Created = row.GetInt64(13),
        State = (MessageState)row.GetInt16(14), Attempts = row.GetInt32(15), Reason = row.GetString(16), Updated = row.GetInt64(17),
        WorkflowId = row.GetInt32(18), RunId = row.GetString(19), TemplateId = row.GetInt32(20), Flags = (MessageFlags)row.GetInt16(21),
        FirstDue = row.GetInt64(22),
    };
}

/// <summary>Who claims, and when.</summary>
public readonly record struct Claim(string Owner, long Now);

/// <summary>A place in the queue of a sender: after the message that is due at <paramref name="RunAt"/> and has this id.</summary>
public sealed record WaitingPlace(short Shard, int SenderId, MessagePriority Priority, long RunAt = long.MinValue, string Id = "");

/// <summary>A verdict to be written.</summary>
public readonly record struct Recorded(Message Message, string Owner, Verdict Verdict, long Now);
