using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using NpgsqlTypes;

namespace Carillon.Storage;

/// <summary>
/// A statement over a set, as PostgreSQL runs it: once over arrays; or, where the tables are spread over machines, once per shard of the
/// items, all in one round trip, so that each statement is bound to one shard and goes to one machine.
/// </summary>
/// <remarks>
/// <code>
///   over arrays     {set}  -->  unnest(@shard, @id) AS r(shard, id)                                     p.shard = r.shard
///   shard by shard  {set}  -->  (SELECT @shard AS shard, u.* FROM unnest(@id) AS u(id)) AS r            p.shard = @shard
/// </code>
/// </remarks>
internal static partial class PostgresSet
{
    private static readonly ConcurrentDictionary<object, Texts> Together = new(ReferenceEqualityComparer.Instance);
    private static readonly ConcurrentDictionary<object, Texts> ByShard = new(ReferenceEqualityComparer.Instance);

    /// <summary>What runs, with the names of its values.</summary>
    public static string Named<T>(SetStatement<T> statement, bool byShard) => Of(statement, byShard).Named;

    public static List<NpgsqlBatchCommand> Bind<T>(SetStatement<T> statement, IReadOnlyList<T> items, bool byShard)
    {
        var text = Of(statement, byShard).Numbered;
        if (!byShard || statement.Shard is not { } shard) return [Command(text, statement.Columns, items)];
        List<NpgsqlBatchCommand> commands = [];
        // In the order of the shards, so that two transactions cannot wait for each other's rows.
        foreach (var group in items.GroupBy(item => Convert.ToInt16(shard.Get(item), CultureInfo.InvariantCulture)).OrderBy(group => group.Key))
        {
            var command = Command(text, Others(statement), [.. group]);
            command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = group.Key });
            commands.Add(command);
        }
        return commands;
    }

    private static Texts Of<T>(SetStatement<T> statement, bool byShard) => byShard && statement.Shard is { } shard
        ? ByShard.GetOrAdd(statement, static (key, last) => Number(TextByShard((SetStatement<T>)key), [.. Others((SetStatement<T>)key), last]), shard)
        : Together.GetOrAdd(statement, static key => Number(Text((SetStatement<T>)key), ((SetStatement<T>)key).Columns));

    private static NpgsqlBatchCommand Command<T>(string text, IReadOnlyList<Column<T>> columns, IReadOnlyList<T> items)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (var column in columns)
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | TypeOf(column.Type), Value = Values(column, items) });
        return command;
    }

    /// <summary>
    /// Arrays become the relation <c>r</c>. What is looked up is looked up item by item, as on SQLite: joined freely, the planner would now and then
    /// read a whole index and compare each row with the arrays.
    /// </summary>
    private static string Text<T>(SetStatement<T> statement)
    {
        var (names, arrays) = (Names(statement.Columns, ""), Names(statement.Columns, "@"));
        var text = Expand(statement).Replace(Dialect.InShard, "", StringComparison.Ordinal);
        if (!LooksUp(statement)) return text.Replace("{set}", $"unnest({arrays}) AS r({names})", StringComparison.Ordinal);
        var inner = text.Replace("{set}", $"(SELECT {Names(statement.Columns, "each.")}) AS r({names})", StringComparison.Ordinal);
        return $"SELECT found.* FROM unnest({arrays}) AS each({names}) CROSS JOIN LATERAL ({inner} {Limit(statement)}) AS found";
    }

    /// <summary>The same with the shard as a single value, wherever the text speaks of it.</summary>
    private static string TextByShard<T>(SetStatement<T> statement)
    {
        var others = Others(statement);
        var (names, arrays) = (Names(others, ""), Names(others, "@"));
        var text = ShardOfItem().Replace(Expand(statement).Replace(Dialect.InShard, "shard = @shard AND", StringComparison.Ordinal), "@shard");
        if (others.Count == 0) return text.Replace("{set}", "(SELECT @shard AS shard) AS r", StringComparison.Ordinal);
        if (!LooksUp(statement))
            return text.Replace("{set}", $"(SELECT @shard AS shard, u.* FROM unnest({arrays}) AS u({names})) AS r", StringComparison.Ordinal);
        var inner = text.Replace("{set}", $"(SELECT @shard, {Names(others, "each.")}) AS r(shard, {names})", StringComparison.Ordinal);
        return $"SELECT found.* FROM unnest({arrays}) AS each({names}) CROSS JOIN LATERAL ({inner} {Limit(statement)}) AS found";
    }

    /// <summary>Values by number: names would be looked for in the text at each run.</summary>
    private static Texts Number<T>(string text, IReadOnlyList<Column<T>> columns)
    {
        var numbers = columns.Select((column, index) => (column.Name, index)).ToDictionary(one => one.Name, one => one.index + 1);
        return new Texts(text, ValueName().Replace(text, name => $"${numbers[name.Groups["name"].Value]}"));
    }

    private static bool LooksUp<T>(SetStatement<T> statement) => statement.Text.StartsWith("SELECT", StringComparison.Ordinal);

    /// <summary>OFFSET keeps the planner from undoing the lateral join.</summary>
    private static string Limit<T>(SetStatement<T> statement) => statement.MostPerItem > 0 ? $"LIMIT {statement.MostPerItem}" : "OFFSET 0";

    private static string Expand<T>(SetStatement<T> statement) => PostgresDialect.Instance.Expand(statement.Text)
        .Replace(Dialect.InSet, $"IN (SELECT {Names(statement.Columns, "")} FROM {{set}})", StringComparison.Ordinal);

    private static string Names<T>(IEnumerable<Column<T>> columns, string before) => string.Join(", ", columns.Select(column => before + column.Name));

    private static List<Column<T>> Others<T>(SetStatement<T> statement) => [.. statement.Columns.Where(column => column != statement.Shard)];

    private static Array Values<T>(Column<T> column, IReadOnlyList<T> items) => column.Type switch
    {
        SqlType.SmallInt => Fill(items, item => checked((short)Whole(column, item))),
        SqlType.Int => Fill(items, item => checked((int)Whole(column, item))),
        SqlType.BigInt => Fill(items, item => Whole(column, item)),
        SqlType.Blob => Fill(items, item => (byte[]?)column.Get(item)),
        _ => Fill(items, item => column.Get(item) is string text ? PostgresSession.Storable(text) : null),
    };

    private static long Whole<T>(Column<T> column, T item) => column.Number is { } number ? number(item) : Convert.ToInt64(column.Get(item), CultureInfo.InvariantCulture);

    private static TValue[] Fill<T, TValue>(IReadOnlyList<T> items, Func<T, TValue> get)
    {
        var values = new TValue[items.Count];
        for (var i = 0; i < values.Length; i++) values[i] = get(items[i]);
        return values;
    }

    private static NpgsqlDbType TypeOf(SqlType type) => type switch
    {
        SqlType.SmallInt => NpgsqlDbType.Smallint,
        SqlType.Int => NpgsqlDbType.Integer,
        SqlType.BigInt => NpgsqlDbType.Bigint,
        SqlType.Blob => NpgsqlDbType.Bytea,
        _ => NpgsqlDbType.Text,
    };

    [GeneratedRegex(@"\br\.shard\b", RegexOptions.NonBacktracking)]
    private static partial Regex ShardOfItem();

    [GeneratedRegex(@"@(?<name>\w+)", RegexOptions.NonBacktracking)]
    private static partial Regex ValueName();

    /// <param name="Numbered">The same as it is sent.</param>
    private readonly record struct Texts(string Named, string Numbered);
}
