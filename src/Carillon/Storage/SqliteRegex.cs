using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace Carillon.Storage;

/// <summary>
/// A function for SQLite statements: does a text match a pattern? The patterns run without backtracking; whoever hands one to a
/// statement has compiled it before, so it is known to be allowed.
/// </summary>
public static class SqliteRegex
{
    public const string Function = "carillon_regex";

    public static void Register(SqliteConnection connection)
    {
        // A connection is used by one thread at a time, and a statement has one or a few patterns: the last ones are kept.
        var known = new Dictionary<(string, string), Regex>();
        connection.CreateFunction(Function, (string? text, string pattern, string options) => text is not null && Find(known, pattern, options).IsMatch(text), isDeterministic: true);
    }

    private static Regex Find(Dictionary<(string, string), Regex> known, string pattern, string options)
    {
        if (known.TryGetValue((pattern, options), out var regex)) return regex;
        if (known.Count >= 32) known.Clear();
        return known[(pattern, options)] = LinearRegex.Compile(pattern, options);
    }
}
