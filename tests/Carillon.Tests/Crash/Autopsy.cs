using System.Globalization;
using Carillon.Storage;
using Microsoft.Data.Sqlite;

namespace Carillon.Tests.Crash;

/// <summary>Reads the file that a server left behind, without a server.</summary>
internal static class Autopsy
{
    /// <summary>The messages that were claimed and had no verdict, each with whether it was marked as being on the wire.</summary>
    public static Dictionary<string, bool> Claimed(string data)
    {
        Dictionary<string, bool> claimed = [];
        using var connection = Open(data);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT id, on_wire FROM messages WHERE state = 1";
        using var rows = command.ExecuteReader();
        while (rows.Read()) claimed.Add(rows.GetString(0), rows.GetInt32(1) == 1);
        return claimed;
    }

    /// <summary>How many messages have no verdict yet.</summary>
    public static long Undecided(string data) => Count(data, "messages WHERE state IN (0, 1)");

    /// <summary>How many rows there are.</summary>
    public static long Count(string data, string from)
    {
        using var connection = Open(data);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM " + from;
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>The first column of a query, as text.</summary>
    public static List<string> Query(string data, string sql)
    {
        List<string> found = [];
        using var connection = Open(data);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var rows = command.ExecuteReader();
        while (rows.Read()) found.Add(Convert.ToString(rows.GetValue(0), CultureInfo.InvariantCulture)!);
        return found;
    }

    private static SqliteConnection Open(string data)
    {
        SqliteLibrary.Choose();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(data, "carillon.db"), Mode = SqliteOpenMode.ReadOnly, Pooling = false,
        }.ToString());
        connection.Open();
        return connection;
    }
}
