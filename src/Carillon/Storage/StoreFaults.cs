using Microsoft.Data.Sqlite;
using Npgsql;
using SQLitePCL;

namespace Carillon.Storage;

/// <summary>Faults of a store that have a meaning of their own.</summary>
public static class StoreFaults
{
    /// <summary>The disk has no room left; the transaction is undone.</summary>
    public static bool IsFull(Exception fault) => fault is SqliteException { SqliteErrorCode: raw.SQLITE_FULL } or PostgresException { SqlState: PostgresErrorCodes.DiskFull };
}
