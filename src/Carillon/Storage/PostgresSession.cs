using Npgsql;

namespace Carillon.Storage;

/// <summary>A pooled PostgreSQL connection inside a transaction. The pool prepares what is used often.</summary>
/// <remarks>
/// A round trip costs more than most statements. What nobody waits for goes along with what comes next:
/// <code>
///   WriteSetAsync, HoldAsync, AskSet --gather--> the next statement whose answer is needed, or the commit --> one round trip
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
    /// <summary>Of each gathered statement that gives rows, who reads them.</summary>
    private List<Asked> _asked = [];

    public override Task<int> ExecuteAsync(string sql, CancellationToken cancel, params (string Name, object? Value)[] values) =>
        CountAsync([Bound(sql, values)], cancel);

    public override async Task<List<TRow>> QueryAsync<TRow>(string sql, Func<Row, TRow> read, CancellationToken cancel, params (string Name, object? Value)[] values)
    {
        var asked = new Asked<TRow>(read, SendAsync);
        Gather([Bound(sql, values)], asked);
        return await asked.RowsAsync(cancel);
    }

    public override Task WriteSetAsync<T>(SetStatement<T> statement, IReadOnlyList<T> items, CancellationToken cancel)
    {
        if (items.Count > 0) Gather(Bound(statement, items));
        return Task.CompletedTask;
    }

    public override async Task<int> ExecuteSetAsync<T>(SetStatement<T> statement, IReadOnlyList<T> items, CancellationToken cancel) =>
        items.Count == 0 ? 0 : await CountAsync(Bound(statement, items), cancel);

    public override Asked<TRow> AskSet<T, TRow>(SetStatement<T> statement, IReadOnlyList<T> items, Func<Row, TRow> read, CancellationToken cancel)
    {
        var asked = new Asked<TRow>(read, items.Count == 0 ? null : SendAsync);
        if (items.Count > 0) Gather(Bound(statement, items), asked);
        return asked;
    }

    /// <summary>In one order, so that two transactions with the same keys cannot wait for each other.</summary>
    public override Task HoldAsync(IEnumerable<string> keys, CancellationToken cancel)
    {
        var hashes = keys.Select(key => (long)XxHash64.Of(key)).Distinct().Order().ToArray();
        if (hashes.Length > 0) Gather([new NpgsqlBatchCommand(Hold) { Parameters = { new NpgsqlParameter<long[]> { TypedValue = hashes } } }], Asked.Nothing);
        return Task.CompletedTask;
    }

    /// <summary>From here on no statement has a limit of time.</summary>
    internal void LiftLimits()
    {
        _patient = true;
        Gather([new NpgsqlBatchCommand(NoLimit)]);
    }

    /// <summary>Sends what was gathered, and with it the commit.</summary>
    internal Task CommitAsync()
    {
        Gather([new NpgsqlBatchCommand("COMMIT")]);
        return SendAsync(CancellationToken.None);
    }

    /// <summary>Sends what was gathered, and gives the answers to those who asked.</summary>
    internal async Task SendAsync(CancellationToken cancel)
    {
        if (_gathered is not { } gathered) return;
        await using var batch = gathered;
        var asked = _asked;
        (_gathered, _asked) = (null, []);
        if (asked.Count == 0) await batch.ExecuteNonQueryAsync(cancel);
        else await ReadAsync(batch, asked, cancel);
    }

    /// <summary>PostgreSQL's text cannot hold NUL.</summary>
    internal static string Storable(string text) => text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\uFFFD') : text;

    /// <param name="asked">Who reads the rows; null for statements that give none.</param>
    private void Gather(IEnumerable<NpgsqlBatchCommand> commands, Asked? asked = null)
    {
        _gathered ??= NewBatch();
        foreach (var command in commands)
        {
            _gathered.BatchCommands.Add(command);
            if (asked is not null) _asked.Add(asked);
        }
    }

    private NpgsqlBatch NewBatch()
    {
        var batch = connection.CreateBatch();
        if (_patient) batch.Timeout = 0;
        return batch;
    }

    private async Task<int> CountAsync(List<NpgsqlBatchCommand> commands, CancellationToken cancel)
    {
        Gather(commands);
        await SendAsync(cancel);
        return commands.Sum(command => command.RecordsAffected);
    }

    private static async Task ReadAsync(NpgsqlBatch batch, List<Asked> asked, CancellationToken cancel)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        var row = new ReaderRow(reader);
        // The reader passes by the statements that give no rows.
        foreach (var one in asked)
        {
            while (await reader.ReadAsync(cancel)) one.Read(row);
            await reader.NextResultAsync(cancel);
        }
        foreach (var one in asked) one.Answered();
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
