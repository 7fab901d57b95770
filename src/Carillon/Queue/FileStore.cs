using Carillon.Storage;

namespace Carillon.Queue;

/// <summary>A file that was uploaded to be attached later. Times are milliseconds since 1970.</summary>
public sealed record UploadedFile(string Key, string Name, string MediaType, string TokenName, long Created, long Expires, byte[] Data);

/// <summary>The statements over uploaded files. A launch copies what it attaches, so a file that expires takes nothing from a message.</summary>
public static class FileStore
{
    private const string InsertFile = """
        INSERT INTO files (shard, key, name, media_type, token, size, created, expires, data)
        VALUES (@shard, @key, @name, @media_type, @token, @size, @created, @expires, @data)
        """;

    // Found by the index on the moment they expire.
    private const string DeleteExpired = """
        DELETE FROM files WHERE shard = @shard AND key IN (SELECT key FROM files WHERE shard = @shard AND expires <= @before ORDER BY expires LIMIT @most)
        """;

    /// <summary>So many files at most go in one transaction: they are large.</summary>
    private const int MostAtOnce = 20;

    private static readonly Column<(short Shard, string Key, long Now)>[] KeyColumns =
        [new("shard", SqlType.SmallInt, f => f.Shard), new("file_key", SqlType.Text, f => f.Key), new("now", SqlType.BigInt, f => f.Now)];

    // How large are they? Asked before any of them is read into memory.
    private static readonly SetStatement<(short Shard, string Key, long Now)> SelectSizes = new("""
        SELECT f.key, f.size FROM {set} JOIN files f ON f.shard = r.shard AND f.key = r.file_key AND f.expires > r.now
        """, KeyColumns);

    private static readonly SetStatement<(short Shard, string Key, long Now)> SelectFiles = new("""
        SELECT f.key, f.name, f.media_type, f.data
        FROM {set} JOIN files f ON f.shard = r.shard AND f.key = r.file_key AND f.expires > r.now
        """, KeyColumns);

    public static Task InsertAsync(Session session, Database database, UploadedFile file, CancellationToken cancel) => session.ExecuteAsync(InsertFile, cancel,
        ("shard", ShardOf(database, file.Key)), ("key", file.Key), ("name", file.Name), ("media_type", file.MediaType), ("token", file.TokenName),
        ("size", file.Data.Length), ("created", file.Created), ("expires", file.Expires), ("data", file.Data));

    /// <summary>Puts the files in the place of the attachments that name one; else the key that names none (any more), or that all together are too large.</summary>
    /// <param name="mostBytes">Of all attachments together.</param>
    public static Task<ResolvedFiles> ResolveAsync(Database database, IReadOnlyList<Attachment> attachments, long mostBytes, long now, CancellationToken cancel) => database.ReadAsync(async session =>
    {
        List<(short, string, long)> keys = [.. attachments.Select(file => file.FileKey).OfType<string>().Distinct().Select(key => (ShardOf(database, key), key, now))];
        var sizes = (await session.QuerySetAsync(SelectSizes, keys, row => (Key: row.GetString(0), Size: row.GetInt64(1)), cancel)).ToDictionary(file => file.Key, file => file.Size);
        if (keys.Find(place => !sizes.ContainsKey(place.Item2)) is { Item2: { } missing }) return new ResolvedFiles([], missing, TooLarge: false);
        if (attachments.Sum(file => file.FileKey is { } key ? sizes[key] : file.Data.Length) > mostBytes) return new ResolvedFiles([], null, TooLarge: true);

        var found = (await session.QuerySetAsync(SelectFiles, keys, row => (Key: row.GetString(0), File: new Attachment(row.GetString(1), row.GetString(2), row.GetBytes(3))), cancel)).ToDictionary(file => file.Key, file => file.File);
        return new ResolvedFiles([.. attachments.Select(file => file.FileKey is { } key ? Filled(file, found[key]) : file)], null, TooLarge: false);
    }, cancel);

    /// <summary>Removes expired files: they are the first of their index, so there is no page to begin after.</summary>
    public static async Task<CleanedPage> CleanAsync(Database database, short shard, string after, long before, int most, CancellationToken cancel)
    {
        var removed = await database.WriteAsync(session => session.ExecuteAsync(DeleteExpired, cancel, ("shard", shard), ("before", before), ("most", Math.Min(most, MostAtOnce))), cancel);
        return new CleanedPage(removed < Math.Min(most, MostAtOnce) ? null : "", removed);
    }

    private static Attachment Filled(Attachment named, Attachment file) => new(
        named.Name.Length > 0 ? named.Name : file.Name, named.MediaType.Length > 0 ? named.MediaType : file.MediaType, file.Data);

    private static short ShardOf(Database database, string key) => database.ShardOfContact("file", key);
}

/// <summary>Attachments with their files, or why they have none.</summary>
/// <param name="Missing">A key under which there is no file (any more).</param>
public sealed record ResolvedFiles(IReadOnlyList<Attachment> Attachments, string? Missing, bool TooLarge);
