namespace Carillon.Api.Docs;

/// <summary>Databases, resources, senders.</summary>
public static class DatabaseMethods
{
    public static readonly IReadOnlyList<MethodDoc> All =
    [
        new("databases/fields_get", "Lists the fields of a database, the system's and its own.", "id*   int   The database's id.", "databases_get"),
        new("databases/get", "Reads a database.", "id*   int   The database's id.", "databases_get"),
        new("databases/list", "Lists databases.", Methods.Listing, "list"),
        new("resources/get", "Reads a resource.", "id*   int   The resource's id.", "resources_get"),
        new("resources/list", "Lists resources.", Methods.Listing, "list"),
        new("senders/list", "Lists senders: the ways out.", Methods.Listing, "list"),
        new("tasks/status", "Tells what became of a task and of each of its items.", """
            task_id*   text   The task's id, as the call answered it.
            from_id    int    The first item to tell of.
            limit      int    How many items, at most 10000.
            """, "tasks_status"),
    ];
}
