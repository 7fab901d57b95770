namespace Carillon.Storage;

/// <summary>How a PostgreSQL database is used.</summary>
public sealed record PostgresSettings
{
    /// <summary>The hot tables are spread by their shard over machines (Citus): every statement is then bound to one shard.
    /// Default: found out at the start, true where the extension <c>citus</c> is.</summary>
    public bool? Distributed { get; init; }

    /// <summary>Shards of a new database, 1 to 256; an existing one keeps its number. Default 64.</summary>
    public int Shards { get; init; } = 64;

    /// <summary>Times are those of the server's clock, so that machines whose clocks differ agree. Off: the process's own.</summary>
    public bool ServerClock { get; init; } = true;

    /// <summary>Sees every statement's text before it runs, and may object by throwing.</summary>
    public Action<string>? Watch { get; init; }
}
