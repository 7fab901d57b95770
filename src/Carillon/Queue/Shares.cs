namespace Carillon.Queue;

/// <summary>Deals a sender's connections and shards among processes. Pure: all who see the same processes deal the same.</summary>
public static class Shares
{
    /// <summary>
    /// How many of a sender's connections the process at a place (from 0) may have. They are dealt round, and each sender begins
    /// elsewhere, so that of ten senders with one connection not all are served by the first process.
    /// </summary>
    public static int Connections(int connections, int processes, int place, int senderId)
    {
        var seat = (place + senderId) % processes;
        return connections / processes + (seat < connections % processes ? 1 : 0);
    }

    /// <summary>The shards that one of those who have connections looks after.</summary>
    public static short[] Shards(int shards, int holders, int place) =>
        [.. Enumerable.Range(0, shards).Where(shard => shard % holders == place).Select(shard => (short)shard)];
}
