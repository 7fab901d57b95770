using Carillon.Storage;

namespace Carillon.Commands;

/// <summary><c>carillon database distribute</c>: gives the tables to Citus. What is Citus's already stays as it is.</summary>
public static class Distribute
{
    public static async Task<int> RunAsync(Settings settings, bool dryRun, TextWriter output, CancellationToken cancel)
    {
        if (settings.Problem() is { } problem) throw new SettingsException(problem);
        if (settings.Database is null) throw new SettingsException("--database is missing: only PostgreSQL with the extension citus can be distributed");
        await using var database = (PostgresDatabase)await Stores.OpenAsync(settings, TimeProvider.System, cancel);
        if (!dryRun && !await database.HasCitusAsync(cancel))
            throw new SettingsException("the extension citus is not in this database: add it to shared_preload_libraries, restart PostgreSQL, run CREATE EXTENSION citus, add the workers, and try again");

        var statements = Distribution.Statements(await DoneAsync(database, cancel), database.Shards).ToList();
        foreach (var (_, sql) in statements)
        {
            await output.WriteLineAsync(sql + ";");
            if (!dryRun) await database.WriteForLongAsync(session => session.QueryAsync(sql, _ => true, cancel), cancel);
        }
        if (statements.Count == 0) await output.WriteLineAsync("All tables are distributed.");
        return 0;
    }

    /// <summary>The tables that still have to be distributed, where the database is Citus's at all.</summary>
    public static async Task<IReadOnlyList<string>> MissingAsync(Database database, CancellationToken cancel) =>
        database is PostgresDatabase { Distributed: true } postgres && await postgres.HasCitusAsync(cancel)
            ? [.. Distribution.Statements(await DoneAsync(postgres, cancel), postgres.Shards).Select(statement => statement.Table)] : [];

    private static async Task<HashSet<string>> DoneAsync(PostgresDatabase database, CancellationToken cancel) => await database.HasCitusAsync(cancel)
        ? [.. await database.ReadAsync(session => session.QueryAsync(Distribution.SelectDone, row => row.GetString(0), cancel), cancel)]
        : [];
}
