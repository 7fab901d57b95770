using System.Globalization;
using Carillon.Storage;

namespace Carillon.Workspace;

/// <summary>The statements of the workspace tables, and the reading of all of them into one model.</summary>
public static class WorkspaceTables
{
    // The row of the version is also the lock: whoever changes the workspace holds it until the commit.
    private const string MakeVersion = "INSERT INTO settings (name, value) VALUES ('workspace_version', '0') ON CONFLICT (name) DO NOTHING";
    private const string HoldVersion = "SELECT value FROM settings WHERE name = 'workspace_version' {for_update}";
    private const string SelectVersion = "SELECT value FROM settings WHERE name = 'workspace_version'";
    private const string SaveVersion = "UPDATE settings SET value = @value WHERE name = 'workspace_version'";

    private const string SelectLastId = "SELECT value FROM settings WHERE name = 'workspace_last_id'";
    private const string SaveLastId = "INSERT INTO settings (name, value) VALUES ('workspace_last_id', @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

    private const string SelectTokens = "SELECT name, hash FROM tokens";
    private const string DeleteToken = "DELETE FROM tokens WHERE name = @name";
    private const string InsertToken = "INSERT INTO tokens (name, hash, created) VALUES (@name, @hash, @created)";

    public static readonly WorkspaceTable<ProfileDatabase> Databases = new("database", "databases", item => item.Id, item => item.Name);
    public static readonly WorkspaceTable<Resource> Resources = new("resource", "resources", item => item.Id, item => item.Name);
    public static readonly WorkspaceTable<Sender> Senders = new("sender", "senders", item => item.Id, item => item.Name);
    public static readonly WorkspaceTable<MessageTemplate> Templates = new("template", "templates", item => item.Id, item => item.Name);
    public static readonly WorkspaceTable<Trigger> Triggers = new("trigger", "triggers", item => item.Id, item => item.Name);
    public static readonly WorkspaceTable<Workflow> Workflows = new("workflow", "workflows", item => item.Id, item => item.Name);

    /// <summary>Makes the caller's transaction the only one that may change the workspace. Call it before reading what will be changed.</summary>
    public static async Task HoldAsync(Session session, CancellationToken cancel)
    {
        await session.ExecuteAsync(MakeVersion, cancel);
        await session.QueryAsync(HoldVersion, row => row.GetString(0), cancel);
    }

    public static async Task<long> VersionAsync(Session session, CancellationToken cancel)
    {
        var rows = await session.QueryAsync(SelectVersion, row => long.Parse(row.GetString(0), CultureInfo.InvariantCulture), cancel);
        return rows.Count == 0 ? 0 : rows[0];
    }

    public static Task SaveVersionAsync(Session session, long version, CancellationToken cancel) =>
        session.ExecuteAsync(SaveVersion, cancel, ("value", version.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The last id that the API gave to an object; ids are not used again, for history names objects by them.</summary>
    public static async Task<int> LastIdAsync(Session session, CancellationToken cancel) =>
        (await session.QueryAsync(SelectLastId, row => int.Parse(row.GetString(0), CultureInfo.InvariantCulture), cancel)).FirstOrDefault();

    public static Task SaveLastIdAsync(Session session, int id, CancellationToken cancel) =>
        session.ExecuteAsync(SaveLastId, cancel, ("value", id.ToString(CultureInfo.InvariantCulture)));

    public static async Task<WorkspaceModel> LoadAsync(Session session, CancellationToken cancel) => new()
    {
        Version = await VersionAsync(session, cancel),
        TokensByHash = (await session.QueryAsync(SelectTokens, row => new Token(row.GetString(0), row.GetString(1)), cancel)).ToDictionary(token => token.Hash),
        Databases = await Databases.LoadAsync(session, cancel),
        Resources = await Resources.LoadAsync(session, cancel),
        Senders = await Senders.LoadAsync(session, cancel),
        Templates = await Templates.LoadAsync(session, cancel),
        Triggers = await Triggers.LoadAsync(session, cancel),
        Workflows = await Workflows.LoadAsync(session, cancel),
    };

    /// <summary>Writes tokens, replacing those of the same name. All old ones go first, so that two names may swap their secrets.</summary>
    public static async Task SaveTokensAsync(Session session, IReadOnlyList<Token> tokens, TimeProvider time, CancellationToken cancel)
    {
        foreach (var token in tokens)
            await session.ExecuteAsync(DeleteToken, cancel, ("name", token.Name));
        foreach (var token in tokens)
            await session.ExecuteAsync(InsertToken, cancel, ("name", token.Name), ("hash", token.Hash), ("created", time.GetUtcNow().ToUnixTimeMilliseconds()));
    }
}

/// <summary>A table of objects with an id and a JSON document each, and with who wrote it last.</summary>
/// <param name="Word">What one of them is called.</param>
/// <param name="Table">Its name in the statements: one of the constants above, never a value.</param>
public sealed record WorkspaceTable<T>(string Word, string Table, Func<T, int> Id, Func<T, string> Name) where T : class
{
    private readonly string _select = $"SELECT doc FROM {Table}";
    private readonly string _selectStamp = $"SELECT updated, updated_by FROM {Table} WHERE id = @id";
    private readonly string _delete = $"DELETE FROM {Table} WHERE id = @id";
    private readonly string _save = $"""
        INSERT INTO {Table} (id, name, doc, updated, updated_by) VALUES (@id, @name, @doc, @updated, @updated_by)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, doc = excluded.doc, updated = excluded.updated, updated_by = excluded.updated_by
        """;

    public async Task<IReadOnlyDictionary<int, T>> LoadAsync(Session session, CancellationToken cancel) =>
        (await session.QueryAsync(_select, row => WorkspaceJson.Read<T>(row.GetString(0)), cancel)).ToDictionary(Id);

    public Task SaveAsync(Session session, T item, string doc, Stamp stamp, CancellationToken cancel) =>
        session.ExecuteAsync(_save, cancel, ("id", Id(item)), ("name", Name(item)), ("doc", doc), ("updated", stamp.Moment), ("updated_by", stamp.By));

    public Task DeleteAsync(Session session, int id, CancellationToken cancel) => session.ExecuteAsync(_delete, cancel, ("id", id));

    /// <summary>Who wrote an object last; null when it is not there.</summary>
    public async Task<Stamp?> StampAsync(Session session, int id, CancellationToken cancel) =>
        (await session.QueryAsync(_selectStamp, row => new Stamp(row.GetInt64(0), row.GetString(1)), cancel, ("id", id))).FirstOrDefault();

    public string Title(T item) => Name(item).Length == 0 ? $"{Word} {Id(item)}" : $"{Word} {Id(item)} \"{Name(item)}\"";
}

/// <summary>Who wrote an object last, and when.</summary>
/// <param name="Moment">Milliseconds since 1970; 0 when it was written before this was kept.</param>
/// <param name="By">The name of a token, or <see cref="File"/>.</param>
public sealed record Stamp(long Moment, string By)
{
    public const string File = "workspace file";
}
