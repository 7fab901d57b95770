using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Storage;

namespace Carillon.Queue;

/// <summary>The statements over launches and their attachments.</summary>
public static class LaunchStore
{
    /// <summary>Characters above which a document is loaded only for whom has room for it.</summary>
    private const int LargeDocument = 64 << 10;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Column<Launch>[] LaunchColumns =
    [
        new("shard", SqlType.SmallInt, l => l.Shard), new("id", SqlType.Text, l => l.Id), new("kind", SqlType.SmallInt, l => (int)l.Kind),
        new("object_id", SqlType.Int, l => l.ObjectId), new("token", SqlType.Text, l => l.TokenName), new("request_id", SqlType.Text, l => l.RequestId),
        new("created", SqlType.BigInt, l => l.Created), new("doc", SqlType.Text, Document),
    ];

    private const string InsertLaunch = """
        INSERT INTO launches (shard, id, kind, object_id, token, request_id, created, doc)
        SELECT shard, id, kind, object_id, token, request_id, created, doc FROM {set}
        """;

    private static readonly SetStatement<Launch> InsertLaunches = new(InsertLaunch, LaunchColumns);

    private static readonly SetStatement<Launch> InsertSharedLaunches = new(InsertLaunch + " WHERE true ON CONFLICT DO NOTHING", LaunchColumns);

    // A statement of its own: launches without a trace, which is nearly all of them, pay nothing.
    private static readonly SetStatement<Launch> KeepTraces = new("""
        UPDATE launches SET traceparent = r.traceparent FROM {set} WHERE launches.shard = r.shard AND launches.id = r.id
        """, new("shard", SqlType.SmallInt, l => l.Shard), new("id", SqlType.Text, l => l.Id), new("traceparent", SqlType.Text, l => l.TraceParent));

    private static readonly Column<(short Shard, string LaunchId, int Position, Attachment File)>[] AttachmentColumns =
    [
        new("shard", SqlType.SmallInt, a => a.Shard), new("launch_id", SqlType.Text, a => a.LaunchId), new("position", SqlType.SmallInt, a => a.Position),
        new("name", SqlType.Text, a => a.File.Name), new("media_type", SqlType.Text, a => a.File.MediaType), new("data", SqlType.Blob, a => a.File.Data),
    ];

    private const string InsertAttachment = """
        INSERT INTO attachments (shard, launch_id, position, name, media_type, data)
        SELECT shard, launch_id, position, name, media_type, data FROM {set}
        """;

    private static readonly SetStatement<(short Shard, string LaunchId, int Position, Attachment File)> InsertAttachments = new(InsertAttachment, AttachmentColumns);

    private static readonly SetStatement<(short Shard, string LaunchId, int Position, Attachment File)> InsertSharedAttachments = new(InsertAttachment + " WHERE true ON CONFLICT DO NOTHING", AttachmentColumns);

    private static readonly SetStatement<(short Shard, string Id)> SelectLaunches = new("""
        SELECT l.shard, l.id, l.kind, l.object_id, l.token, l.request_id, l.created, l.doc, l.traceparent
        FROM {set} JOIN launches l ON l.shard = r.shard AND l.id = r.id
        """, new("shard", SqlType.SmallInt, l => l.Shard), new("id", SqlType.Text, l => l.Id));

    // A large document stays where it is.
    private static readonly SetStatement<(short Shard, string Id)> SelectSmallLaunches = new($$"""
        SELECT l.shard, l.id, l.kind, l.object_id, l.token, l.request_id, l.created, CASE WHEN {size}(l.doc) <= {{LargeDocument}} THEN l.doc END, l.traceparent
        FROM {set} JOIN launches l ON l.shard = r.shard AND l.id = r.id
        """, [.. SelectLaunches.Columns]);

    private const string UpdateDocument = "UPDATE launches SET doc = @doc WHERE shard = @shard AND id = @id";

    private const string SelectAttachments = """
        SELECT name, media_type, data FROM attachments WHERE shard = @shard AND launch_id = @launch_id ORDER BY position
        """;

    private const string DescribeAttachments = """
        SELECT name, media_type, length(data) FROM attachments WHERE shard = @shard AND launch_id = @launch_id ORDER BY position
        """;

    // The files of one launch for another of the same shard.
    private static readonly SetStatement<(short Shard, string From, string To)> CopyAttachments = new("""
        INSERT INTO attachments (shard, launch_id, position, name, media_type, data)
        SELECT a.shard, r.new_id, a.position, a.name, a.media_type, a.data FROM {set} JOIN attachments a ON a.shard = r.shard AND a.launch_id = r.old_id
        """, new("shard", SqlType.SmallInt, c => c.Shard), new("old_id", SqlType.Text, c => c.From), new("new_id", SqlType.Text, c => c.To));

    /// <summary>Gives launches the files of others.</summary>
    public static async Task CopyAttachmentsAsync(Session session, Database database, IEnumerable<(string From, string To)> launches, CancellationToken cancel)
    {
        var near = launches.ToLookup(pair => database.ShardOfId(pair.From) == database.ShardOfId(pair.To));
        await session.WriteSetAsync(CopyAttachments, [.. near[true].Select(pair => (database.ShardOfId(pair.To), pair.From, pair.To))], cancel);
        // A launch that many share stands on any shard; no statement reaches over two.
        foreach (var copies in near[false].GroupBy(pair => pair.From, pair => pair.To))
        {
            var files = await session.QueryAsync(SelectAttachments, ReadAttachment, cancel, ("shard", database.ShardOfId(copies.Key)), ("launch_id", copies.Key));
            foreach (var to in copies) await session.WriteSetAsync(InsertAttachments, [.. files.Select((file, position) => (database.ShardOfId(to), to, position, file))], cancel);
        }
    }

    public static async Task InsertAsync(Session session, IReadOnlyList<Launch> launches, CancellationToken cancel)
    {
        await session.WriteSetAsync(InsertLaunches, launches, cancel);
        await session.WriteSetAsync(KeepTraces, [.. launches.Where(launch => launch.TraceParent is not null)], cancel);
        await session.WriteSetAsync(InsertAttachments, AttachmentsOf(launches), cancel);
    }

    /// <summary>Launches that calls with many items share: each transaction writes them until one is known to be committed, and of one whose connection
    /// broke nobody knows.</summary>
    public static async Task InsertSharedAsync(Session session, IReadOnlyList<Launch> launches, CancellationToken cancel)
    {
        await session.WriteSetAsync(InsertSharedLaunches, launches, cancel);
        await session.WriteSetAsync(InsertSharedAttachments, AttachmentsOf(launches), cancel);
    }

    /// <summary>Launches with all but their attachments.</summary>
    public static Task<List<Launch>> LoadAsync(Session session, Database database, IEnumerable<string> ids, CancellationToken cancel) =>
        session.QuerySetAsync(SelectLaunches, [.. ids.Select(id => (database.ShardOfId(id), id))], ReadLaunch, cancel);

    /// <summary>As <see cref="LoadAsync"/>, but those with large documents come bare: of many launches at once they could be gigabytes.</summary>
    public static Asked<Launch> AskSmall(Session session, Database database, IEnumerable<string> ids, CancellationToken cancel) =>
        session.AskSet(SelectSmallLaunches, [.. ids.Select(id => (database.ShardOfId(id), id))], ReadLaunch, cancel);

    public static Task<List<Attachment>> LoadAttachmentsAsync(Session session, Launch launch, CancellationToken cancel) =>
        session.QueryAsync(SelectAttachments, ReadAttachment, cancel,
            ("shard", launch.Shard), ("launch_id", launch.Id));

    /// <summary>What the attachments are, without their bytes.</summary>
    public static Task<List<(string Name, string MediaType, long Size)>> DescribeAttachmentsAsync(Session session, Launch launch, CancellationToken cancel) =>
        session.QueryAsync(DescribeAttachments, row => (row.GetString(0), row.GetString(1), row.GetInt64(2)), cancel, ("shard", launch.Shard), ("launch_id", launch.Id));

    /// <summary>Writes down how many an audience came to.</summary>
    public static Task KeepAudienceAsync(Session session, Launch launch, CancellationToken cancel) =>
        session.ExecuteAsync(UpdateDocument, cancel, ("doc", Document(launch)), ("shard", launch.Shard), ("id", launch.Id));

    private static List<(short, string, int, Attachment)> AttachmentsOf(IReadOnlyList<Launch> launches) =>
        [.. launches.SelectMany(launch => launch.Attachments.Select((file, position) => (launch.Shard, launch.Id, position, file)))];

    private static Attachment ReadAttachment(Row row) => new(row.GetString(0), row.GetString(1), row.GetBytes(2));

    /// <summary>Written member by member: a tree could only be made of copies.</summary>
    private static string Document(Launch launch)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(bytes, Compact);
        json.WriteStartObject();
        Write(json, "content", launch.Content);
        Write(json, "custom_data", launch.CustomData);
        if (Math.Max(launch.Attachments.Count, launch.AttachmentCount) is > 0 and var files) json.WriteNumber("attachments", files);
        if (launch.Bulk) json.WriteBoolean("bulk", true);
        if (launch.Audience is { } audience) Write(json, "audience", JsonSerializer.SerializeToNode(audience));
        Write(json, "fields", launch.Fields);
        if (launch.Trace.Count > 0) Write(json, "trace", new JsonArray([.. launch.Trace.Select(remark => (JsonNode)remark)]));
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, string name, JsonNode? value)
    {
        if (value is null) return;
        json.WritePropertyName(name);
        value.WriteTo(json);
    }

    private static Launch ReadLaunch(Row row)
    {
        var bare = row.IsDBNull(7);
        var document = bare ? [] : (JsonObject)JsonNode.Parse(row.GetString(7))!;
        return new Launch
        {
            IsBare = bare,
            Shard = row.GetInt16(0), Id = row.GetString(1), Kind = (LaunchKind)row.GetInt16(2), ObjectId = row.GetInt32(3),
            TokenName = row.GetString(4), RequestId = row.GetString(5), Created = row.GetInt64(6),
            TraceParent = row.IsDBNull(8) ? null : row.GetString(8),
            Content = document["content"], CustomData = document["custom_data"], Fields = document["fields"] as JsonObject,
            AttachmentCount = (int?)document["attachments"] ?? 0,
            Bulk = (bool?)document["bulk"] ?? false, Audience = document["audience"].Deserialize<LaunchAudience>(),
            Trace = document["trace"] is JsonArray trace ? [.. trace.Select(remark => (string)remark!)] : [],
        };
    }
}
