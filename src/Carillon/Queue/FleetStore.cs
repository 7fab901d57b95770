using System.Globalization;
using Carillon.Storage;

namespace Carillon.Queue;

/// <summary>The statements over the processes of a database and their shares.</summary>
internal static class FleetStore
{
    private const string Beat = "UPDATE nodes SET beat = beat + 1 WHERE id = @id";
    private const string Insert = "INSERT INTO nodes (id, works, beat, started) VALUES (@id, @works, 1, @started)";
    private const string SelectAll = "SELECT id, works, beat FROM nodes ORDER BY id";
    // Only if it has not beaten since it was looked at.
    private const string Bury = "DELETE FROM nodes WHERE id = @id AND beat = @beat";
    private const string Leave = "DELETE FROM nodes WHERE id = @id";
    private const string DeleteOrphanShares = "DELETE FROM sender_shares WHERE node_id NOT IN (SELECT id FROM nodes)";
    private const string SelectShares = "SELECT sender_id, node_id, connections FROM sender_shares ORDER BY sender_id, node_id";
    private const string SaveShare = """
        INSERT INTO sender_shares (sender_id, node_id, connections) VALUES (@sender_id, @node_id, @connections)
        ON CONFLICT (sender_id, node_id) DO UPDATE SET connections = excluded.connections
        """;
    private const string DeleteShare = "DELETE FROM sender_shares WHERE sender_id = @sender_id AND node_id = @node_id";

    // A process that is paused while it holds the lock would stop all the others; the server hangs up on it.
    private const string HangUpWhenIdle = "SELECT set_config('idle_in_transaction_session_timeout', @milliseconds, true)";

    /// <summary>One process at a time reckons the shares, so that together they never give away more than there is.</summary>
    /// <param name="longest">How long the lock may be held by somebody who does nothing.</param>
    public static async Task HoldAsync(Session session, TimeSpan longest, CancellationToken cancel)
    {
        await session.QueryAsync(HangUpWhenIdle, row => row.GetString(0), cancel, ("milliseconds", ((long)longest.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)));
        await session.HoldAsync(["nodes"], cancel);
    }

    /// <summary>False when this process was taken for dead.</summary>
    public static async Task<bool> BeatAsync(Session session, string id, CancellationToken cancel) => await session.ExecuteAsync(Beat, cancel, ("id", id)) > 0;

    public static Task InsertAsync(Session session, string id, bool works, long now, CancellationToken cancel) =>
        session.ExecuteAsync(Insert, cancel, ("id", id), ("works", (short)(works ? 1 : 0)), ("started", now));

    public static Task<List<FleetNode>> LoadAsync(Session session, CancellationToken cancel) =>
        session.QueryAsync(SelectAll, row => new FleetNode(row.GetString(0), row.GetInt16(1) == 1, row.GetInt64(2)), cancel);

    /// <returns>False when it has given a sign of life after all.</returns>
    public static async Task<bool> BuryAsync(Session session, FleetNode node, CancellationToken cancel) =>
        await session.ExecuteAsync(Bury, cancel, ("id", node.Id), ("beat", node.Beat)) > 0;

    public static async Task LeaveAsync(Session session, string id, CancellationToken cancel)
    {
        await session.ExecuteAsync(Leave, cancel, ("id", id));
        await session.ExecuteAsync(DeleteOrphanShares, cancel);
    }

    public static async Task<List<SenderShare>> SharesAsync(Session session, CancellationToken cancel)
    {
        await session.ExecuteAsync(DeleteOrphanShares, cancel);
        return await session.QueryAsync(SelectShares, row => new SenderShare(row.GetInt32(0), row.GetString(1), row.GetInt32(2)), cancel);
    }

    public static Task SaveShareAsync(Session session, SenderShare share, CancellationToken cancel) => share.Connections == 0
        ? session.ExecuteAsync(DeleteShare, cancel, ("sender_id", share.SenderId), ("node_id", share.NodeId))
        : session.ExecuteAsync(SaveShare, cancel, ("sender_id", share.SenderId), ("node_id", share.NodeId), ("connections", share.Connections));
}

/// <summary>A process that shares the database.</summary>
public sealed record FleetNode(string Id, bool Works, long Beat);

/// <summary>How many connections of a sender a process may have open.</summary>
internal sealed record SenderShare(int SenderId, string NodeId, int Connections);
