using Npgsql;

namespace Carillon.Storage;

/// <summary>A pooled PostgreSQL connection inside a transaction. The pool prepares what is used often.</summary>
/// <remarks>
/// A round trip costs more than most statements. What nobody waits for goes along with what comes next:
/// <code>
///   WriteSetAsync, HoldAsync --gather--> the next statement that is asked for an answer, or the commit --> one round trip
/// </code>
/// </remarks>
/// <param name="byShard">Runs sets shard by shard.</param>
/// <param name="watch">Sees every statement before it runs.</param>
public sealed class PostgresSession(NpgsqlConnection connection, bool byShard, Action<string>? watch) : Session
{
    /// <summary>Holds, and gives no row.</summary>
    private const string Hold = "SELECT 1 FROM unnest($1) AS key WHERE pg_advisory_xact_lock(key) IS NULL";

    /// <summary>The role may have a limit on the server, too.</summary>
    private const string NoLimit = "SET LOCAL statement_timeout = 0";

    private NpgsqlBatch? _gathered;
    private bool _patient;

    public override async Task<int> ExecuteAsync(string sql, CancellationToken cancel, params (string Name, object? Value)[] values)
    {
        await using var batch = Gathered([Bound(sql, values)], out var before);
        return await CountAsync(batch, before, cancel);
    }

    public override async Task<List<TRow>> QueryAsync<TRow>(string sql, Func<Row, TRow> read, CancellationToken cancel, params (string Name, object? Value)[] values)
    {
        await using var batch = Gathered([Bound(sql, values)], out _);
        return await ReadAllAsync(batch, read, cancel);
    }

    public override Task WriteSetAsync<T>(SetStatement<T> statement, IReadOnlyList<T> items, CancellationToken cancel)
    {
        if (items.Count > 0) Gather(Bound(statement, items));
        return Task.CompletedTask;
    }

    public override async Task<int> ExecuteSetAsync<T>(SetStatement<T> statement, IReadOnlyList<T> items, CancellationToken cancel)
    {
        if (items.Count == 0) return 0;
        await using var batch = Gathered(Bound(statement, items), out var before);
        return await CountAsync(batch, before, cancel);
    }

    public override async Task<List<TRow>> QuerySetAsync<T, TRow>(SetStatement<T> statement, IReadOnlyList<T> items, Func<Row, TRow> read, CancellationToken cancel)
    {
        if (items.Count == 0) return [];
        await using var batch = Gathered(Bound(statement, items), out _);
        return await ReadAllAsync(batch, read, cancel);
    }

    /// <summary>In one order, so that two transactions with the same keys cannot wait for each other.</summary>
    public override Task HoldAsync(IEnumerable<string> keys, CancellationToken cancel)
    {
        var hashes = keys.Select(key => (long)XxHash64.Of(key)).Distinct().Order().ToArray();
        if (hashes.Length > 0) Gather([new NpgsqlBatchCommand(Hold) { Parameters = { new NpgsqlParameter<long[]> { TypedValue = hashes } } }]);
        return Task.CompletedTask;
    }

    /// <summary>From here on no statement has a limit of time.</summary>
    internal void LiftLimits()
    {
        _patient = true;
        Gather([new NpgsqlBatchCommand(NoLimit)]);
    }

    /// <summary>Sends what was gathered, and with it the commit.</summary>
    internal async Task CommitAsync()
    {
        await using var batch = Gathered([new NpgsqlBatchCommand("COMMIT")], out _);
        await batch.ExecuteNonQueryAsync(CancellationToken.None);
    }

    /// <summary>Sends what was gathered now.</summary>
    internal async Task SendAsync(CancellationToken cancel)
    {
        if (_gathered is null) return;
        await using var batch = Gathered([], out _);
        await batch.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>PostgreSQL's text cannot hold NUL.</summary>
    internal static string Storable(string text) => text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\uFFFD') : text;

    private void Gather(IEnumerable<NpgsqlBatchCommand> commands)
    {
        _gathered ??= NewBatch();
        foreach (var command in commands) _gathered.BatchCommands.Add(command);
    }

    private NpgsqlBatch NewBatch()
    {
        var batch = connection.CreateBatch();
        if (_patient) batch.Timeout = 0;
        return batch;
    }

    /// <summary>What was gathered, and these commands after it.</summary>
    private NpgsqlBatch Gathered(IEnumerable<NpgsqlBatchCommand> commands, out int before)
    {
        before = _gathered?.BatchCommands.Count ?? 0;
        Gather(commands);
        var batch = _gathered!;
        _gathered = null;
        return batch;
    }

    private static async Task<int> CountAsync(NpgsqlBatch batch, int before, CancellationToken cancel)
    {
        await batch.ExecuteNonQueryAsync(cancel);
        var touched = 0;
        for (var i = before; i < batch.BatchCommands.Count; i++) touched += batch.BatchCommands[i].RecordsAffected;
        return touched;
    }

    /// <summary>The rows of all results, one after the other.</summary>
    private static async Task<List<TRow>> ReadAllAsync<TRow>(NpgsqlBatch batch, Func<Row, TRow> read, CancellationToken cancel)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        List<TRow> rows = [];
        var row = new ReaderRow(reader);
        do
        {
            while (await reader.ReadAsync(cancel)) rows.Add(read(row));
        }
        while (await reader.NextResultAsync(cancel));
        return rows;
    }

    private NpgsqlBatchCommand Bound(string sql, (string Name, object? Value)[] values)
    {
        // The expanded text is not kept: statements that vary would fill the memory.
        var command = new NpgsqlBatchCommand(PostgresDialect.Instance.Expand(sql));
        watch?.Invoke(command.CommandText);
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value is string text ? Storable(text) : value ?? DBNull.Value);
        return command;
    }

    private List<NpgsqlBatchCommand> Bound<T>(SetStatement<T> statement, IReadOnlyList<T> items)
    {
        watch?.Invoke(PostgresSet.Named(statement, byShard));
        return PostgresSet.Bind(statement, items, byShard);
    }
}
