using System.Reflection;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Storage;

/// <summary>SQLite guesses that a shard holds ten rows, and then reads all of it rather than look a key up.</summary>
public sealed class SetPlanTests
{
    [Fact]
    public async Task Whatever_removes_a_set_of_rows_looks_them_up_by_their_key()
    {
        if (TestStore.IsPostgres) return;
        await using var app = await CarillonApp.StartAsync();
        var statements = Statements().Where(one => Text(one.Statement).StartsWith("DELETE", StringComparison.Ordinal)).ToList();
        statements.Count.ShouldBeGreaterThan(7);

        foreach (var (name, statement) in statements)
        {
            var plan = await PlanAsync(app, statement);
            plan[0].Split("=?").Length.ShouldBe(Columns(statement).Count + 1, $"{name}: {string.Join("; ", plan)}");
        }
    }

    [Fact]
    public async Task What_starts_and_wakes_runs_reads_no_whole_shard()
    {
        if (TestStore.IsPostgres) return;
        await using var app = await CarillonApp.StartAsync();
        List<string> whole = [], looked = [];
        foreach (var (name, statement) in Statements().Where(one => one.Name.StartsWith("RunStore.", StringComparison.Ordinal) || one.Name == "HappeningStore.InsertHappenings"))
        {
            var plan = await PlanAsync(app, statement);
            looked.Add(name);
            if (plan.Exists(line => line.EndsWith("(shard=?)", StringComparison.Ordinal))) whole.Add($"{name}: {string.Join("; ", plan)}");
        }
        looked.Count.ShouldBeGreaterThan(8);
        whole.ShouldBeEmpty();
    }

    [Fact]
    public void Updates_inserts_and_look_ups_of_an_item_read_no_relation()
    {
        var statements = Statements().ToList();
        statements.Count.ShouldBeGreaterThan(50);

        var written = statements.ToLookup(one => ForOneItem(one.Statement).Contains(") AS r", StringComparison.Ordinal), one => one.Name);

        // With a condition of their own beside the look-up, or a question about rows that may not be there.
        written[true].ShouldBe([
            "DateStarts.SelectDue", "HappeningStore.InsertHappenings", "HappeningStore.SelectWaiting", "LaunchStore.CopyAttachments", "MessageStore.SelectClaimed", "MessageStore.SelectDue",
            "MessageStore.SelectOwners", "RunStore.SelectDue", "RunStore.SelectEver", "RunStore.SelectInside", "RunStore.SelectListening",
        ], ignoreOrder: true);
        ForOneItem(statements.Single(one => one.Name == "ProfileStore.UpdateProfiles").Statement).ShouldContain("SET doc = @doc, updated = @updated WHERE profiles.shard = @shard");
        ForOneItem(statements.Single(one => one.Name == "ProfileStore.SelectProfiles").Statement).ShouldEndWith("FROM profiles p WHERE p.shard = @shard AND p.id = @id");
        ForOneItem(statements.Single(one => one.Name == "MessageStore.InsertAttempts").Statement).ShouldContain("@reply)\nON CONFLICT");
    }

    [Theory]
    [InlineData("launch_id = 'a'", "messages_by_launch")]
    [InlineData("profile_id = 'a'", "messages_by_profile")]
    [InlineData("state = 1", "messages_claimed")]
    [InlineData("state = 3 AND trigger_id = 1", "messages_wanting")]
    public async Task Messages_are_found_by_what_they_have_in_common_not_by_reading_their_shard(string condition, string index)
    {
        if (TestStore.IsPostgres) return;
        await using var app = await CarillonApp.StartAsync();
        var plan = await PlanAsync(app, $"SELECT {MessageStore.Columns} FROM messages WHERE shard = 0 AND {condition} ORDER BY id LIMIT 10");
        plan[0].ShouldContain($"USING INDEX {index} ");
    }

    /// <summary>How a statement over a set is carried out for one of its items.</summary>
    private static Task<List<string>> PlanAsync(CarillonApp app, object statement) =>
        PlanAsync(app, ForOneItem(statement), [.. Columns(statement).Select(column => (column, (object?)""))]);

    private static string ForOneItem(object statement) =>
        (string)typeof(SqliteSet).GetMethod(nameof(SqliteSet.Text))!.MakeGenericMethod(statement.GetType().GenericTypeArguments).Invoke(null, [statement])!;

    private static Task<List<string>> PlanAsync(CarillonApp app, string sql, params (string, object?)[] values) =>
        app.Database.ReadAsync(session => session.QueryAsync("EXPLAIN QUERY PLAN " + sql, row => row.GetString(3), CancellationToken.None, values), CancellationToken.None);

    private static IEnumerable<(string Name, object Statement)> Statements() => typeof(Database).Assembly.GetTypes().Where(type => !type.ContainsGenericParameters)
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
        .Where(field => field.FieldType.IsGenericType && field.FieldType.GetGenericTypeDefinition() == typeof(SetStatement<>))
        .Select(field => ($"{field.DeclaringType!.Name}.{field.Name}", field.GetValue(null)!));

    private static string Text(object statement) => (string)statement.GetType().GetProperty("Text")!.GetValue(statement)!;

    private static List<string> Columns(object statement) => [.. ((System.Collections.IEnumerable)statement.GetType().GetProperty("Columns")!.GetValue(statement)!).Cast<object>().Select(column => (string)column.GetType().GetProperty("Name")!.GetValue(column)!)];
}
