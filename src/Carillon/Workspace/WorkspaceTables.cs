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

    private const string SelectTokens = "SELECT name, hash FROM tokens";
    private const string DeleteToken = "DELETE FROM tokens WHERE name = @name";
    private const string InsertToken = "INSERT INTO tokens (name, hash, created) VALUES (@name, @hash, @created)";

    public static readonly WorkspaceTable<ProfileDatabase> Databases = new("database", item => item.Id, item => item.Name,
        "SELECT doc FROM databases",
        "INSERT INTO databases (id, name, doc) VALUES (@id, @name, @doc) ON CONFLICT (id) DO UPDATE SET name = excluded.name, doc = excluded.doc");

    public static readonly WorkspaceTable<Resource> Resources = new("resource", item => item.Id, item => item.Name,
        "SELECT doc FROM resources",
        "INSERT INTO resources (id, name, doc) VALUES (@id, @name, @doc) ON CONFLICT (id) DO UPDATE SET name = excluded.name, doc = excluded.doc");

    public static readonly WorkspaceTable<Sender> Senders = new("sender", item => item.Id, item => item.Name,
        "SELECT doc FROM senders",
        "INSERT INTO senders (id, name, doc) VALUES (@id, @name, @doc) ON CONFLICT (id) DO UPDATE SET name = excluded.name, doc = excluded.doc");

    public static readonly WorkspaceTable<MessageTemplate> Templates = new("template", item => item.Id, item => item.Name,
        "SELECT doc FROM templates",
        "INSERT INTO templates (id, name, doc) VALUES (@id, @name, @doc) ON CONFLICT (id) DO UPDATE SET name = excluded.name, doc = excluded.doc");

    public static readonly WorkspaceTable<Trigger> Triggers = new("trigger", item => item.Id, item => item.Name,
        "SELECT doc FROM triggers",
        "INSERT INTO triggers (id, name, doc) VALUES (@id, @name, @doc) ON CONFLICT (id) DO UPDATE SET name = excluded.name, doc = excluded.doc");

    public static readonly WorkspaceTable<Workflow> Workflows = new("workflow", item => item.Id, item => item.Name,
        "SELECT doc FROM workflows",
        "INSERT INTO workflows (id, name, doc) VALUES (@id, @name, @doc) ON CONFLICT (id) DO UPDATE SET name = excluded.name, doc = excluded.doc");

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

/// <summary>A table of objects with an id and a JSON document each.</summary>
/// <param name="Word">What one of them is called.</param>
public sealed record WorkspaceTable<T>(string Word, Func<T, int> Id, Func<T, string> Name, string Select, string Save) where T : class
{
    public async Task<IReadOnlyDictionary<int, T>> LoadAsync(Session session, CancellationToken cancel) =>
        (await session.QueryAsync(Select, row => WorkspaceJson.Read<T>(row.GetString(0)), cancel)).ToDictionary(Id);

    public Task SaveAsync(Session session, T item, string doc, CancellationToken cancel) =>
        session.ExecuteAsync(Save, cancel, ("id", Id(item)), ("name", Name(item)), ("doc", doc));

    public string Title(T item) => Name(item).Length == 0 ? $"{Word} {Id(item)}" : $"{Word} {Id(item)} \"{Name(item)}\"";
}
