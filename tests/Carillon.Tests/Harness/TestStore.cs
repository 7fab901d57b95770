using Carillon.Storage;
using Npgsql;

namespace Carillon.Tests.Harness;

/// <summary>
/// A store of a test's own: a SQLite file, or, when <c>CARILLON_TEST_POSTGRES</c> names a PostgreSQL server where databases may be
/// made, a database there. So the same tests run on both.
/// </summary>
public sealed class TestStore
{
    private static readonly string? Postgres = Environment.GetEnvironmentVariable("CARILLON_TEST_POSTGRES") is { Length: > 0 } server ? server : null;
    private static readonly Lazy<Task<string>> Template = new(MakeTemplateAsync);
    private static int _made;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("carillon-tests-");
    private readonly string _name = $"carillon_test_{Environment.ProcessId}_{Interlocked.Increment(ref _made)}";
    private bool _exists;

    public static bool IsPostgres => Postgres is not null;

    /// <summary>With <c>CARILLON_TEST_DISTRIBUTED</c> the sets are written shard by shard, as on Citus, and <see cref="ShardCheck"/> looks at every statement.</summary>
    public static bool IsDistributed { get; } = IsPostgres && Environment.GetEnvironmentVariable("CARILLON_TEST_DISTRIBUTED") is { Length: > 0 };

    /// <summary>The connection string of the test's own PostgreSQL database, once it was opened.</summary>
    public string Connection => ConnectionTo(_name);

    /// <summary>As the product opens it.</summary>
    public Task<Database> OpenAsync(TimeProvider time) => OpenAsync(time, IsDistributed ? ShardCheck.Look : null);

    /// <summary>For the eyes of a test, whose own statements may look at all shards. Not on SQLite, where one process has the file.</summary>
    public Task<Database> OpenUnwatchedAsync(TimeProvider time) => OpenAsync(time, watch: null);

    private async Task<Database> OpenAsync(TimeProvider time, Action<string>? watch)
    {
        if (Postgres is null) return await SqliteDatabase.OpenAsync(Path.Combine(_folder.FullName, "carillon.db"), time, CancellationToken.None);
        if (!_exists) await RunAsync($"CREATE DATABASE {_name} TEMPLATE {await Template.Value}");
        _exists = true;
        return await OpenAsync(Connection, time, watch);
    }

    private static Task<PostgresDatabase> OpenAsync(string connection, TimeProvider time, Action<string>? watch) =>
        PostgresDatabase.OpenAsync(connection, new PostgresSettings { Distributed = IsDistributed, Watch = watch, ServerClock = time is not FakeClock }, time, CancellationToken.None);

    /// <summary>A database with all tables: to copy it is a fraction of what making them anew costs, and every test wants one.</summary>
    private static async Task<string> MakeTemplateAsync()
    {
        var name = $"carillon_test_{Environment.ProcessId}";
        await RunAsync($"CREATE DATABASE {name}");
        await (await OpenAsync(ConnectionTo(name), TimeProvider.System, watch: null)).DisposeAsync();
        return name;
    }

    public async Task DeleteAsync()
    {
        _folder.Delete(recursive: true);
        if (_exists) await RunAsync($"DROP DATABASE {_name} WITH (FORCE)");
    }

    private static string ConnectionTo(string name) => new NpgsqlConnectionStringBuilder(Postgres) { Database = name, MaxPoolSize = 12 }.ToString();

    private static async Task RunAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Postgres!);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
