using Carillon.Storage;

namespace Carillon.Workspace;

/// <summary>
/// A field of a database with profiles keeps its type and stays as matchable as it is: the profiles already hold values
/// of the old type, and the lookup was (or was not) filled when they were imported. Nothing fills it afterwards yet.
/// </summary>
public static class FieldChanges
{
    private const string AnyProfile = "SELECT 1 FROM profiles WHERE db_id = @db_id LIMIT 1";

    public static async Task<List<WorkspaceError>> CheckAsync(Session session, WorkspaceModel before, WorkspaceFile file, CancellationToken cancel)
    {
        List<WorkspaceError> errors = [];
        foreach (var item in file.Databases)
        {
            if (!before.Databases.TryGetValue(item.Value.Id, out var old)) continue;
            var refused = Changes(item, old);
            // Finding no profile can mean looking at all of them, so look only when it matters.
            if (refused.Count > 0 && (await session.QueryAsync(AnyProfile, _ => true, cancel, ("db_id", old.Id))).Count > 0)
                errors.AddRange(refused);
        }
        return errors;
    }

    private static List<WorkspaceError> Changes(Written<ProfileDatabase> item, ProfileDatabase old)
    {
        List<WorkspaceError> changes = [];
        foreach (var (field, index) in item.Value.Fields.Values.Select((field, index) => (field, index)))
        {
            if (!old.Fields.TryGetValue(field.Name, out var was)) continue;
            var rule = $"cannot change in a database that has profiles: {field.Name}";
            if (field.Type != was.Type) Add("type", $"{rule} was {was.Type.ToString().ToLowerInvariant()}");
            if (field.Unique != was.Unique) Add("unique", $"{rule} was {(was.Unique ? "" : "not ")}unique");
            if (field.Indexed != was.Indexed) Add("indexed", $"{rule} was {(was.Indexed ? "" : "not ")}indexed");

            void Add(string key, string message) => changes.Add(item.Error($"fields[{index}].{key}", message));
        }
        return changes;
    }
}
