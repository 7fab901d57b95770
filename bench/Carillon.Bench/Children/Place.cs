using System.Globalization;
using Npgsql;

namespace Carillon.Bench.Children;

/// <summary>An empty store for one scenario: a folder for SQLite, or a database of its own on the PostgreSQL server.</summary>
internal sealed class Place : IDisposable
{
    private static int _made;
    private readonly string? _server;
    private readonly string _database;

    private Place(Options options, string store)
    {
        var number = Interlocked.Increment(ref _made);
        Store = store;
        Folder = Path.Combine(options.Data, $"carillon-bench-{Environment.ProcessId}-{number}");
        _database = $"carillon_bench_{Environment.ProcessId}_{number}";
        _server = store == Options.Postgres ? options.Database : null;
    }

    public string Store { get; }
    public string Folder { get; }
    public string Workspace => Path.Combine(Folder, "workspace.yaml");

    /// <summary>Null on SQLite.</summary>
    public string? Connection => _server is null ? null : new NpgsqlConnectionStringBuilder(_server) { Database = _database }.ToString();

    /// <summary>What <c>carillon serve</c> is told of its store.</summary>
    public string[] Arguments => Connection is { } connection ? ["--database", connection] : ["--data", Folder];

    public static async Task<Place> MakeAsync(Options options, string store, int sinkPort, int connections, bool hashes = false)
    {
        var place = new Place(options, store);
        Directory.CreateDirectory(place.Folder);
        await File.WriteAllTextAsync(place.Workspace, Samples.Workspace(sinkPort, connections, hashes));
        if (place._server is not null) await place.RunAsync($"CREATE DATABASE {place._database}");
        return place;
    }

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        if (_server is not null) RunAsync($"DROP DATABASE {_database} WITH (FORCE)").GetAwaiter().GetResult();
    }

    private async Task RunAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_server!);
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }
}
