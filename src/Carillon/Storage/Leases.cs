namespace Carillon.Storage;

/// <summary>Lets one process at a time do something, until its lease ends.</summary>
public static class Leases
{
    private const string Take = """
        INSERT INTO leases (name, owner, until) VALUES (@name, @owner, @until)
        ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until WHERE leases.owner = excluded.owner OR leases.until <= @now
        """;

    /// <summary>Takes a lease that is free or one's own; false when another one has it. Times are milliseconds since 1970.</summary>
    public static async Task<bool> TakeAsync(Session session, string name, string owner, long now, long until, CancellationToken cancel) =>
        await session.ExecuteAsync(Take, cancel, ("name", name), ("owner", owner), ("until", until), ("now", now)) > 0;
}
