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
    private static Task<List<string>> PlanAsync(CarillonApp app, object statement)
    {
        var columns = Columns(statement);
        var sql = Text(statement).Replace(Dialect.InShard, "", StringComparison.Ordinal)
            .Replace(Dialect.InSet, $"= ({string.Join(", ", columns.Select(column => "@" + column))})", StringComparison.Ordinal)
            .Replace("{set}", $"(SELECT {string.Join(", ", columns.Select(column => $"@{column} AS {column}"))}) AS r", StringComparison.Ordinal);
        return PlanAsync(app, app.Database.Dialect.Expand(sql), [.. columns.Select(column => (column, (object?)""))]);
    }

    private static Task<List<string>> PlanAsync(CarillonApp app, string sql, params (string, object?)[] values) =>
        app.Database.ReadAsync(session => session.QueryAsync("EXPLAIN QUERY PLAN " + sql, row => row.GetString(3), CancellationToken.None, values), CancellationToken.None);

    private static IEnumerable<(string Name, object Statement)> Statements() => typeof(Database).Assembly.GetTypes().Where(type => !type.ContainsGenericParameters)
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
        .Where(field => field.FieldType.IsGenericType && field.FieldType.GetGenericTypeDefinition() == typeof(SetStatement<>))
        .Select(field => ($"{field.DeclaringType!.Name}.{field.Name}", field.GetValue(null)!));

    private static string Text(object statement) => (string)statement.GetType().GetProperty("Text")!.GetValue(statement)!;

    private static List<string> Columns(object statement) => [.. ((System.Collections.IEnumerable)statement.GetType().GetProperty("Columns")!.GetValue(statement)!).Cast<object>().Select(column => (string)column.GetType().GetProperty("Name")!.GetValue(column)!)];
}
