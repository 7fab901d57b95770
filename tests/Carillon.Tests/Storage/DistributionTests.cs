using System.Text.RegularExpressions;
using Carillon.Commands;
using Carillon.Storage;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Storage;

/// <summary>Where each table stands on a cluster of machines.</summary>
public sealed partial class DistributionTests
{
    [Fact]
    public void Every_table_of_the_migrations_has_its_place() =>
        Made().Select(table => table.Name).Append("migrations").ShouldBe(Distribution.Hot.Concat(Distribution.Everywhere).Concat(Distribution.Coordinator), ignoreOrder: true,
            "a new table goes into one of the lists of Storage/Distribution.cs");

    [Fact]
    public void Hot_tables_have_the_shard_first_in_their_key_and_the_others_have_none()
    {
        foreach (var (name, body) in Made())
        {
            var first = Regex.IsMatch(body, @"^\s*shard smallint NOT NULL", RegexOptions.None, TimeSpan.FromSeconds(1)) && body.Contains("PRIMARY KEY (shard,", StringComparison.Ordinal);
            first.ShouldBe(Distribution.Hot.Contains(name), name);
            if (!first) continue;
            // A constraint that crosses shards cannot be kept by machines that do not ask each other.
            Regex.IsMatch(body, @"\bUNIQUE\b(?! \(shard,)|\bREFERENCES\b", RegexOptions.None, TimeSpan.FromSeconds(1)).ShouldBeFalse(name);
        }
    }

    [Fact]
    public void The_statements_take_every_table_once_and_what_is_done_not_again()
    {
        var all = Distribution.Statements(new HashSet<string>(), 64).ToList();
        all.Select(statement => statement.Table).ShouldBe(Distribution.Everywhere.Concat(Distribution.Hot));
        all.ShouldContain(("tokens", "SELECT create_reference_table('tokens')"));
        all.ShouldContain(("profiles", "SELECT create_distributed_table('profiles', 'shard', colocate_with => 'none', shard_count => 64)"));
        all.ShouldContain(("messages", "SELECT create_distributed_table('messages', 'shard', colocate_with => 'profiles')"));

        Distribution.Statements(all.Select(statement => statement.Table).Where(table => table != "events").ToHashSet(), 64)
            .ShouldHaveSingleItem().Table.ShouldBe("events");
    }

    [PostgresFact]
    public async Task Without_the_extension_the_command_says_so_and_a_dry_run_prints_the_statements()
    {
        var store = new TestStore();
        await using (await store.OpenAsync(TimeProvider.System))
        {
            var settings = new Settings { Database = store.Connection };
            (await Should.ThrowAsync<SettingsException>(() => Distribute.RunAsync(settings, dryRun: false, TextWriter.Null, CancellationToken.None)))
                .Message.ShouldContain("CREATE EXTENSION citus");

            await using var printed = new StringWriter();
            (await Distribute.RunAsync(settings, dryRun: true, printed, CancellationToken.None)).ShouldBe(0);
            foreach (var table in Distribution.Hot.Concat(Distribution.Everywhere)) printed.ToString().ShouldContain($"_table('{table}'");
        }
        await store.DeleteAsync();
    }

    /// <summary>The functions of Citus as stubs that keep what they are asked for: the command's whole way, without Citus.</summary>
    [PostgresFact]
    public async Task With_the_extension_it_distributes_what_is_missing_and_the_second_time_nothing()
    {
        var store = new TestStore();
        await using (var database = await store.OpenAsync(TimeProvider.System))
        {
            (await IsDistributedAsync(store, null)).ShouldBeFalse();
            foreach (var statement in Stubs) await database.WriteAsync(session => session.ExecuteAsync(statement, CancellationToken.None), CancellationToken.None);
            await using var first = new StringWriter();
            await using var second = new StringWriter();
            // Moving the rows of a table takes as long as it takes.
            (await Distribute.RunAsync(new Settings { Database = store.Connection + ";Command Timeout=1" }, dryRun: false, first, CancellationToken.None)).ShouldBe(0);
            (await Distribute.RunAsync(new Settings { Database = store.Connection }, dryRun: false, second, CancellationToken.None)).ShouldBe(0);

            first.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(Distribution.Hot.Count + Distribution.Everywhere.Count);
            second.ToString().ShouldBe("All tables are distributed." + Environment.NewLine);
            (await IsDistributedAsync(store, null)).ShouldBeTrue("found out at the start");
            (await IsDistributedAsync(store, false)).ShouldBeFalse();
        }
        await store.DeleteAsync();
    }

    private static async Task<bool> IsDistributedAsync(TestStore store, bool? told)
    {
        await using var database = await PostgresDatabase.OpenAsync(store.Connection, new PostgresSettings { Distributed = told }, TimeProvider.System, CancellationToken.None);
        return database.Distributed;
    }

    private static readonly string[] Stubs =
    [
        "CREATE TABLE pg_dist_partition (logicalrelid oid)",
        """
        CREATE FUNCTION create_reference_table(name text) RETURNS text LANGUAGE sql AS 'INSERT INTO pg_dist_partition VALUES ($1::regclass::oid) RETURNING ''done'''
        """,
        """
        CREATE FUNCTION create_distributed_table(name text, key text, colocate_with text DEFAULT 'default', shard_count int DEFAULT 32) RETURNS text LANGUAGE sql
        AS 'SELECT pg_sleep(CASE name WHEN ''profiles'' THEN 2.5 ELSE 0 END); INSERT INTO pg_dist_partition VALUES ($1::regclass::oid) RETURNING ''done'''
        """,
        "INSERT INTO pg_extension SELECT 99999, 'citus', extowner, extnamespace, extrelocatable, '13.0', NULL, NULL FROM pg_extension LIMIT 1",
    ];

    private static List<(string Name, string Body)> Made() =>
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src/Carillon/Storage/Migrations"), "*.sql").Order(StringComparer.Ordinal)
            .SelectMany(file => Table().Matches(File.ReadAllText(file))).Select(match => (match.Groups["name"].Value, match.Groups["body"].Value))];

    [GeneratedRegex(@"^CREATE TABLE (?<name>\w+) \((?<body>.*?)\)[^;()]*;$", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Table();
}
