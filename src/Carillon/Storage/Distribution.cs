namespace Carillon.Storage;

/// <summary>
/// Where each table stands when PostgreSQL is spread over machines (Citus). Every table of the migrations is in one of the
/// three lists; a test keeps it so.
/// </summary>
public static class Distribution
{
    /// <summary>Spread by their shard: all rows of one shard, of whatever table, are on one machine.</summary>
    public static readonly IReadOnlyList<string> Hot = ["profiles", "contacts", "launches", "attachments", "messages", "attempts", "events", "answers", "runs", "steps", "happenings", "tasks", "task_input", "task_results", "date_scans", "date_starts", "files"];

    /// <summary>Small, read by everybody, changed by an operator: on every machine in full.</summary>
    public static readonly IReadOnlyList<string> Everywhere = ["settings", "tokens", "databases", "resources", "senders", "templates", "triggers", "workflows"];

    /// <summary>On the coordinator alone: no statement joins them with a hot table.</summary>
    public static readonly IReadOnlyList<string> Coordinator = ["migrations", "leases", "nodes", "outbox", "sender_shares"];

    /// <summary>The tables that Citus has taken over already.</summary>
    public const string SelectDone = "SELECT relname::text FROM pg_dist_partition JOIN pg_class ON pg_class.oid = logicalrelid";

    /// <summary>What makes the tables Citus's, in order; those in <paramref name="done"/> are left out.</summary>
    /// <param name="shards">Citus's own shards; a number of ours falls into one of them by its hash.</param>
    public static IEnumerable<(string Table, string Sql)> Statements(IReadOnlySet<string> done, int shards)
    {
        foreach (var table in Everywhere.Where(table => !done.Contains(table)))
            yield return (table, $"SELECT create_reference_table('{table}')");
        foreach (var table in Hot.Where(table => !done.Contains(table)))
        {
            yield return (table, table == Hot[0]
                ? $"SELECT create_distributed_table('{table}', 'shard', colocate_with => 'none', shard_count => {shards})"
                : $"SELECT create_distributed_table('{table}', 'shard', colocate_with => '{Hot[0]}')");
        }
    }
}
