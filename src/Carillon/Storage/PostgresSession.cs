using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Carillon.Storage;

/// <summary>A pooled PostgreSQL connection inside a transaction. A set is one statement over arrays. The pool prepares what is used often.</summary>
public sealed class PostgresSession(NpgsqlConnection connection) : Session
{
    private static readonly ConcurrentDictionary<object, string> Texts = new(ReferenceEqualityComparer.Instance);

    public override async Task<int> ExecuteAsync(string sql, CancellationToken cancel, params (string Name, object? Value)[] values)
    {
        await using var command = Bound(sql, values);
        return await command.ExecuteNonQueryAsync(cancel);
    }

    public override async Task<List<TRow>> QueryAsync<TRow>(string sql, Func<DbDataReader, TRow> read, CancellationToken cancel, params (string Name, object? Value)[] values)
    {
        await using var command = Bound(sql, values);
        return await ReadAllAsync(command, read, cancel);
    }

    public override async Task<int> ExecuteSetAsync<T>(SetStatement<T> statement, IReadOnlyList<T> items, CancellationToken cancel)
    {
        if (items.Count == 0) return 0;
        await using var command = Bound(statement, items);
        return await command.ExecuteNonQueryAsync(cancel);
    }

    public override async Task<List<TRow>> QuerySetAsync<T, TRow>(SetStatement<T> statement, IReadOnlyList<T> items, Func<DbDataReader, TRow> read, CancellationToken cancel)
    {
        if (items.Count == 0) return [];
        await using var command = Bound(statement, items);
        return await ReadAllAsync(command, read, cancel);
    }

    /// <summary>In one order, so that two transactions with the same keys cannot wait for each other.</summary>
    public override async Task HoldAsync(IEnumerable<string> keys, CancellationToken cancel)
    {
        var hashes = keys.Select(key => (long)XxHash64.Of(key)).Distinct().Order().ToArray();
        if (hashes.Length == 0) return;
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT pg_advisory_xact_lock(key) FROM unnest(@keys) AS key";
        command.Parameters.Add(new NpgsqlParameter<long[]>("keys", hashes));
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static async Task<List<TRow>> ReadAllAsync<TRow>(NpgsqlCommand command, Func<DbDataReader, TRow> read, CancellationToken cancel)
    {
        List<TRow> rows = [];
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel)) rows.Add(read(reader));
        return rows;
    }

    private NpgsqlCommand Bound(string sql, (string Name, object? Value)[] values)
    {
        var command = connection.CreateCommand();
        command.CommandText = Texts.GetOrAdd(sql, static key => PostgresDialect.Instance.Expand((string)key));
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value is string text ? Storable(text) : value ?? DBNull.Value);
        return command;
    }

    private NpgsqlCommand Bound<T>(SetStatement<T> statement, IReadOnlyList<T> items)
    {
        var command = connection.CreateCommand();
        command.CommandText = Texts.GetOrAdd(statement, static key => Text((SetStatement<T>)key));
        foreach (var column in statement.Columns)
            command.Parameters.Add(new NpgsqlParameter(column.Name, NpgsqlDbType.Array | TypeOf(column.Type)) { Value = Values(column, items) });
        return command;
    }

    /// <summary>Arrays become the relation <c>r</c>; a limit per item needs a lateral join around the statement.</summary>
    private static string Text<T>(SetStatement<T> statement)
    {
        var names = string.Join(", ", statement.Columns.Select(column => column.Name));
        var arrays = string.Join(", ", statement.Columns.Select(column => "@" + column.Name));
        var text = PostgresDialect.Instance.Expand(statement.Text);
        if (statement.MostPerItem == 0) return text.Replace("{set}", $"unnest({arrays}) AS r({names})", StringComparison.Ordinal);
        var item = string.Join(", ", statement.Columns.Select(column => $"each.{column.Name}"));
        var inner = text.Replace("{set}", $"(SELECT {item}) AS r({names})", StringComparison.Ordinal);
        return $"SELECT found.* FROM unnest({arrays}) AS each({names}) CROSS JOIN LATERAL ({inner} LIMIT {statement.MostPerItem}) AS found";
    }

    private static Array Values<T>(Column<T> column, IReadOnlyList<T> items) => column.Type switch
    {
        SqlType.SmallInt => Fill(items, item => Convert.ToInt16(column.Get(item), CultureInfo.InvariantCulture)),
        SqlType.Int => Fill(items, item => Convert.ToInt32(column.Get(item), CultureInfo.InvariantCulture)),
        SqlType.BigInt => Fill(items, item => Convert.ToInt64(column.Get(item), CultureInfo.InvariantCulture)),
        SqlType.Blob => Fill(items, item => (byte[]?)column.Get(item)),
        _ => Fill(items, item => column.Get(item) is string text ? Storable(text) : null),
    };

    /// <summary>PostgreSQL's text cannot hold NUL.</summary>
    private static string Storable(string text) => text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\uFFFD') : text;

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
}
