namespace Carillon.Workspace;

/// <summary>
/// Lays a file over what is already there: an object of the file takes the place of the one with its id, and what the
/// file does not mention stays. Fields are objects too, so a database keeps those that the file does not mention.
/// </summary>
public static class Overlay
{
    public static WorkspaceModel Of(WorkspaceModel before, WorkspaceFile file) => before with
    {
        Databases = Over(before.Databases, file.Databases.Select(item => WithOldFields(item.Value, before)), item => item.Id),
        Resources = Over(before.Resources, file.Resources.Select(item => item.Value), item => item.Id),
        Senders = Over(before.Senders, file.Senders.Select(item => item.Value), item => item.Id),
        Templates = Over(before.Templates, file.Templates.Select(item => item.Value), item => item.Id),
        Triggers = Over(before.Triggers, file.Triggers.Select(item => AsItStands(item, before.Triggers.GetValueOrDefault(item.Value.Id))), item => item.Id),
        Workflows = Over(before.Workflows, file.Workflows.Select(item => item.Value), item => item.Id),
    };

    private static Dictionary<int, T> Over<T>(IReadOnlyDictionary<int, T> before, IEnumerable<T> items, Func<T, int> idOf)
    {
        var all = before.ToDictionary();
        foreach (var item in items) all[idOf(item)] = item;
        return all;
    }

    /// <summary>Whether a trigger is active is left to the API where the file does not say; and what was dropped stays dropped.</summary>
    private static Trigger AsItStands(Written<Trigger> item, Trigger? old)
    {
        if (old is null) return item.Value;
        var active = item.Map.Has("active") ? item.Value.Active : old.Active;
        return item.Value with { Active = active, Dropping = old.Dropping && !active, DropUntil = old.DropUntil };
    }

    /// <summary>In the old order, so that a file in another order changes nothing.</summary>
    private static ProfileDatabase WithOldFields(ProfileDatabase item, WorkspaceModel before)
    {
        if (!before.Databases.TryGetValue(item.Id, out var old)) return item;
        Dictionary<string, Field> fields = new(old.Fields, StringComparer.Ordinal);
        foreach (var (name, field) in item.Fields) fields[name] = field;
        return item with { Fields = fields };
    }
}
