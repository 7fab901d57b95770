using Npgsql;

namespace Carillon.Storage;

/// <summary>A pooled PostgreSQL connection inside a transaction. The pool prepares what is used often.</summary>
/// <param name="byShard">Runs sets shard by shard.</param>
/// <param name="watch">Sees every statement before it runs.</param>
public sealed class PostgresSession(NpgsqlConnection connection, bool byShard, Action<string>? watch) : Session
{
    public override async Task<int> ExecuteAsync(string sql, CancellationToken cancel, params (string Name, object? Value)[] values)
    {
        await using var command = Bound(sql, values);
        return await command.ExecuteNonQueryAsync(cancel);
    }

    public override async Task<List<TRow>> QueryAsync<TRow>(string sql, Func<Row, TRow> read, CancellationToken cancel, params (string Name, object? Value)[] values)
    {
        await using var command = Bound(sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await ReadAllAsync(reader, read, cancel);
    }

    public override async Task<int> ExecuteSetAsync<T>(SetStatement<T> statement, IReadOnlyList<T> items, CancellationToken cancel)
    {
        if (items.Count == 0) return 0;
        await using var batch = Bound(statement, items);
        return await batch.ExecuteNonQueryAsync(cancel);
    }

    public override async Task<List<TRow>> QuerySetAsync<T, TRow>(SetStatement<T> statement, IReadOnlyList<T> items, Func<Row, TRow> read, CancellationToken cancel)
    {
        if (items.Count == 0) return [];
        await using var batch = Bound(statement, items);
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        return await ReadAllAsync(reader, read, cancel);
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

    /// <summary>PostgreSQL's text cannot hold NUL.</summary>
    internal static string Storable(string text) => text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\uFFFD') : text;

    /// <summary>The rows of all results, one after the other.</summary>
    private static async Task<List<TRow>> ReadAllAsync<TRow>(NpgsqlDataReader reader, Func<Row, TRow> read, CancellationToken cancel)
    {
        List<TRow> rows = [];
        var row = new ReaderRow(reader);
        do
        {
            while (await reader.ReadAsync(cancel)) rows.Add(read(row));
        }
        while (await reader.NextResultAsync(cancel));
        return rows;
    }

    private NpgsqlCommand Bound(string sql, (string Name, object? Value)[] values)
    {
        var command = connection.CreateCommand();
        // Not kept: statements that vary would fill the memory.
        command.CommandText = PostgresDialect.Instance.Expand(sql);
        watch?.Invoke(command.CommandText);
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value is string text ? Storable(text) : value ?? DBNull.Value);
        return command;
    }

    private NpgsqlBatch Bound<T>(SetStatement<T> statement, IReadOnlyList<T> items)
    {
        var batch = PostgresSet.Bind(connection, statement, items, byShard);
        watch?.Invoke(batch.BatchCommands[0].CommandText);
        return batch;
    }
}
