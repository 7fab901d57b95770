namespace Carillon.Storage;

/// <summary>
/// Searches that an operator asks for and no index may serve. One call looks at a stretch of a table, the newest rows first, and says where to read on; only
/// some run at once, for the other readers are for those who deliver.
/// </summary>
public sealed class WideSearches(Database database) : IDisposable
{
    private readonly SemaphoreSlim _running = new(2);

    /// <summary>How many rows one call looks at.</summary>
    public int Stretch { get; init; } = 100_000;

    public async Task<T> RunAsync<T>(Func<Session, Task<T>> search, CancellationToken cancel)
    {
        await _running.WaitAsync(cancel);
        try
        {
            return await database.ReadAsync(search, cancel);
        }
        finally
        {
            _running.Release();
        }
    }

    /// <summary>The id down to which a search looks: each shard is read for a part of the stretch, and all of them to the same id. Null when that is all there is.</summary>
    /// <param name="table">One whose key is the shard and the id; no text of a caller.</param>
    /// <param name="since">The smallest id that is asked for.</param>
    /// <param name="before">Ids from here on were looked at.</param>
    public async Task<string?> EndAsync(Session session, string table, string? since, string? before, CancellationToken cancel)
    {
        string? end = null;
        // No id is as large as "g".
        for (short shard = 0; shard < database.Shards; shard++)
        {
            var last = await session.QueryAsync($"SELECT id FROM {table} WHERE shard = @shard AND id >= @since AND id < @before ORDER BY id DESC LIMIT 1 OFFSET @passed", row => row.GetString(0), cancel,
                ("shard", shard), ("since", since ?? ""), ("before", before ?? "g"), ("passed", Math.Max(1, Stretch / database.Shards) - 1));
            if (last is [var id] && string.CompareOrdinal(id, end) > 0) end = id;
        }
        return end;
    }

    public void Dispose() => _running.Dispose();
}
