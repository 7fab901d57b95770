using System.Globalization;
using System.Reflection;

namespace Carillon.Storage;

/// <summary>The numbered <c>.sql</c> files, applied in order and once each, inside the caller's transaction.</summary>
public static class Migrations
{
    private const string Prefix = "Carillon.Storage.Migrations.";

    private const string MakeTable = """
        CREATE TABLE IF NOT EXISTS migrations (number int PRIMARY KEY, name text NOT NULL, applied bigint NOT NULL)
        """;

    public static async Task ApplyAsync(Session session, Dialect dialect, int shards, TimeProvider time, CancellationToken cancel)
    {
        await session.HoldAsync(["migrations"], cancel);
        await session.ExecuteAsync(MakeTable, cancel);
        var done = await session.QueryAsync("SELECT number FROM migrations", row => row.GetInt32(0), cancel);
        var known = All();
        if (done.Count > 0 && done.Max() > known[^1].Number)
            throw new NewerSchemaException($"The database was made by a newer Carillon (its schema is {done.Max()}, this binary knows {known[^1].Number}). Start the newer binary.");
        foreach (var (number, name, sql) in known.Where(m => !done.Contains(m.Number)))
        {
            foreach (var statement in Statements(dialect.Expand(sql)))
                await session.ExecuteAsync(statement, cancel);
            await session.ExecuteAsync("INSERT INTO migrations (number, name, applied) VALUES (@number, @name, @applied)", cancel,
                ("number", number), ("name", name), ("applied", time.GetUtcNow().ToUnixTimeMilliseconds()));
        }
        await session.ExecuteAsync("INSERT INTO settings (name, value) SELECT 'shards', @shards WHERE NOT EXISTS (SELECT 1 FROM settings WHERE name = 'shards')", cancel,
            ("shards", shards.ToString(CultureInfo.InvariantCulture)));
    }

    private static List<(int Number, string Name, string Sql)> All()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => (int.Parse(name.AsSpan(Prefix.Length, 4)), name[Prefix.Length..], Read(assembly, name)))];
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    /// <summary>Migration files end each statement with a semicolon at the end of a line; comments stand on lines of their own.</summary>
    private static IEnumerable<string> Statements(string sql) =>
        string.Join('\n', sql.Split('\n').Where(line => !line.TrimStart().StartsWith("--", StringComparison.Ordinal)))
            .Split(";\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The database is ahead of the binary; nothing was changed.</summary>
public sealed class NewerSchemaException(string message) : Exception(message);
