namespace Carillon.Workspace;

/// <summary>
/// A workspace file, read and free of faults that can be seen without the database. What it refers to is checked when it
/// is applied (see <see cref="ApplyWorkspace"/>).
/// </summary>
public sealed record WorkspaceFile
{
    public required IReadOnlyList<Written<WrittenToken>> Tokens { get; init; }
    public required IReadOnlyList<Written<ProfileDatabase>> Databases { get; init; }
    public required IReadOnlyList<Written<Resource>> Resources { get; init; }
    public required IReadOnlyList<Written<Sender>> Senders { get; init; }
    public required IReadOnlyList<Written<MessageTemplate>> Templates { get; init; }
    public required IReadOnlyList<Written<Trigger>> Triggers { get; init; }
    public required IReadOnlyList<Written<Workflow>> Workflows { get; init; }

    /// <summary>A file that mentions nothing.</summary>
    public static readonly WorkspaceFile Empty = new()
    {
        Tokens = [], Databases = [], Resources = [], Senders = [], Templates = [], Triggers = [], Workflows = [],
    };

    /// <summary>Reads YAML or JSON of at most 10 MB. Never throws for what is in the text: all errors are in the result.</summary>
    /// <param name="checkTemplate">The template language: the first fault of a source (true for HTML), or null.</param>
    public static WorkspaceFileResult Parse(string yaml, Func<string, bool, (int Line, int Column, string Message)?> checkTemplate)
    {
        var errors = new WorkspaceErrors();
        var root = YamlTree.Read(yaml, errors);
        if (root is not null and not YamlMap)
            errors.Add(root, "", root is YamlText { IsNull: true } ? "the file is empty" : "the file must be a mapping with keys such as tokens and databases");
        var file = root is YamlMap map ? Read(new MapReader(map, "", errors), checkTemplate) : null;
        var all = errors.All;
        return new WorkspaceFileResult(all.Count == 0 ? file : null, all);
    }

    private static WorkspaceFile Read(MapReader root, Func<string, bool, (int Line, int Column, string Message)?> checkTemplate)
    {
        var file = new WorkspaceFile
        {
            Tokens = List(root, "tokens", ReadTokens.Token, "name", token => token.Name),
            Databases = List(root, "databases", ReadDatabases.Database, "id", database => database.Id),
            Resources = List(root, "resources", map => ReadResources.Resource(map, checkTemplate), "id", resource => resource.Id),
            Senders = List(root, "senders", ReadSenders.Sender, "id", sender => sender.Id),
            Templates = List(root, "templates", map => ReadTemplates.Template(map, checkTemplate), "id", template => template.Id),
            Triggers = List(root, "triggers", map => ReadTriggers.Trigger(map, checkTemplate), "id", trigger => trigger.Id),
            Workflows = List(root, "workflows", ReadWorkflows.Workflow, "id", workflow => workflow.Id),
        };
        root.Finish();
        ReadTokens.RefuseTwins(file.Tokens);
        return file;
    }

    private static List<Written<T>> List<T, TKey>(MapReader root, string key, Func<MapReader, T> read, string keyOfItem, Func<T, TKey> keyOf) where TKey : notnull
    {
        List<Written<T>> all = [];
        Dictionary<TKey, int> lines = [];
        foreach (var map in root.Maps(key))
        {
            var item = new Written<T>(read(map), map);
            map.Finish();
            if (map.Has(keyOfItem) && !lines.TryAdd(keyOf(item.Value), map.Map.Line))
                map.Fail(keyOfItem, $"{keyOf(item.Value)} stands already in line {lines[keyOf(item.Value)]}");
            all.Add(item);
        }
        return all;
    }
}

/// <summary>The file when it has no errors; otherwise null and every error that was found, at most 1000 of them, in the order of the lines.</summary>
public sealed record WorkspaceFileResult(WorkspaceFile? File, IReadOnlyList<WorkspaceError> Errors);

/// <summary>Something that stands in the file, and where.</summary>
public sealed record Written<T>(T Value, MapReader Map)
{
    public WorkspaceError Error(string key, string message)
    {
        var at = Map.Map.Nearest(key);
        return new WorkspaceError(at.Line, at.Column, key.Length == 0 ? Map.Path : $"{Map.Path}.{key}", message);
    }
}
