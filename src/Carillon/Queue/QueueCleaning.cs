using Carillon.Storage;

namespace Carillon.Queue;

/// <summary>Removes messages and tasks that are finished, and launches and attachments that no message needs any more.</summary>
public static class QueueCleaning
{
    private static readonly Column<(short Shard, string Id)>[] IdColumns = [new("shard", SqlType.SmallInt, p => p.Shard), new("id", SqlType.Text, p => p.Id)];

    private const string PageOfMessages = """
        SELECT id, CASE WHEN state >= 2 AND updated < @before THEN 1 ELSE 0 END FROM messages
        WHERE shard = @shard AND id > @after AND id < @end ORDER BY id LIMIT @most
        """;

    private static readonly SetStatement<(short Shard, string Id)> DeleteMessages = new(
        "DELETE FROM messages WHERE {in_shard} (shard, id) {in_set}", IdColumns);

    private static readonly SetStatement<(short Shard, string Id)> DeleteAttempts = new(
        "DELETE FROM attempts WHERE {in_shard} (shard, message_id) {in_set}", IdColumns);

    private const string PageOfLaunches = "SELECT id, 1 FROM launches WHERE shard = @shard AND id > @after AND id < @end ORDER BY id LIMIT @most";

    private const string PageOfAttachments = "SELECT DISTINCT launch_id, 1 FROM attachments WHERE shard = @shard AND launch_id > @after AND launch_id < @end ORDER BY launch_id LIMIT @most";

    /// <summary>The launches that have messages.</summary>
    public static readonly SetStatement<(short Shard, string Id)> SelectWithMessages = new(
        "SELECT r.id FROM {set} JOIN messages m ON m.shard = r.shard AND m.launch_id = r.id", IdColumns) { MostPerItem = 1 };

    private static readonly SetStatement<(short Shard, string Id)> SelectWaiting = new(
        "SELECT r.id FROM {set} JOIN messages m ON m.shard = r.shard AND m.launch_id = r.id AND m.state < 2", IdColumns) { MostPerItem = 1 };

    private static readonly SetStatement<(short Shard, string Id)> DeleteLaunches = new(
        "DELETE FROM launches WHERE {in_shard} (shard, id) {in_set}", IdColumns);

    private static readonly SetStatement<(short Shard, string Id)> DeleteAttachments = new(
        "DELETE FROM attachments WHERE {in_shard} (shard, launch_id) {in_set}", IdColumns);

    /// <summary>So many go in one transaction: each may have fifty rows of results.</summary>
    private const int MostTasks = 20;

    private const string DeleteTasks = """
        DELETE FROM tasks WHERE shard = @shard AND id IN (SELECT id FROM tasks WHERE shard = @shard AND state >= 2 AND updated < @before ORDER BY updated LIMIT @most)
        RETURNING id
        """;

    private static readonly SetStatement<(short Shard, string Id)> DeleteResults = new(
        "DELETE FROM task_results WHERE {in_shard} (shard, task_id) {in_set}", new("shard", SqlType.SmallInt, p => p.Shard), new("task_id", SqlType.Text, p => p.Id));

    /// <summary>Messages with a verdict, by the moment of the verdict, and their attempts.</summary>
    public static Task<CleanedPage> MessagesAsync(Database database, short shard, string after, long before, int most, CancellationToken cancel) =>
        CleanAsync(database, new Page(PageOfMessages, shard, after, before, most) { ByVerdict = true }, [], [DeleteAttempts, DeleteMessages], cancel);

    /// <summary>Launches that nobody needs, also no task that is to start something for them, with what they stored.</summary>
    /// <param name="needed">Each gives those of some launches that are needed.</param>
    public static CleanPage Launches(params SetStatement<(short Shard, string Id)>[] needed) => (database, shard, after, before, most, cancel) =>
        CleanAsync(database, new Page(PageOfLaunches, shard, after, before, most) { OfLaunches = true }, needed, [DeleteAttachments, DeleteLaunches], cancel);

    /// <summary>Attachments of launches that no message waits for.</summary>
    /// <param name="needed">Each gives those of some launches whose files are needed for messages to come.</param>
    public static CleanPage Attachments(params SetStatement<(short Shard, string Id)>[] needed) => (database, shard, after, before, most, cancel) =>
        CleanAsync(database, new Page(PageOfAttachments, shard, after, before, Math.Min(most, 50)) { OfLaunches = true }, [SelectWaiting, .. needed], [DeleteAttachments], cancel);

    /// <summary>Tasks that ended, with their results. They are the first of their index, so there is no page to begin after.</summary>
    public static async Task<CleanedPage> TasksAsync(Database database, short shard, string after, long before, int most, CancellationToken cancel)
    {
        most = Math.Min(most, MostTasks);
        var gone = await database.WriteAsync(async session =>
        {
            var tasks = await session.QueryAsync(DeleteTasks, row => (shard, row.GetString(0)), cancel, ("shard", shard), ("before", before), ("most", most));
            await session.ExecuteSetAsync(DeleteResults, tasks, cancel);
            return tasks.Count;
        }, cancel);
        return new CleanedPage(gone < most ? null : "", gone);
    }

    private static async Task<CleanedPage> CleanAsync(
        Database database, Page page, SetStatement<(short, string)>[] needed, SetStatement<(short, string)>[] deletes, CancellationToken cancel)
    {
        // What is old enough and not needed stays so: it may be looked for without holding up those who write.
        var (read, old) = await database.ReadAsync(session => FindAsync(session, database, page, needed, cancel), cancel);
        if (old.Count > 0)
        {
            await database.WriteAsync(async session =>
            {
                foreach (var delete in deletes) await session.ExecuteSetAsync(delete, old, cancel);
            }, cancel);
        }
        return new CleanedPage(read.Count < page.Most ? null : read[^1], old.Count);
    }

    private static async Task<(List<string> Read, List<(short, string)> Old)> FindAsync(
        Session session, Database database, Page page, SetStatement<(short, string)>[] needed, CancellationToken cancel)
    {
        List<(string, object?)> values = [("shard", page.Shard), ("after", page.After), ("end", Ids.At(page.Before)), ("most", page.Most)];
        if (page.ByVerdict) values.Add(("before", page.Before));
        var rows = await session.QueryAsync(page.Select, row => (Id: row.GetString(0), Old: row.GetInt32(1) == 1), cancel, [.. values]);

        HashSet<string> old = [.. rows.Where(row => row.Old).Select(row => row.Id)];
        // The messages of a launch may be on any shard: each is on that of its profile.
        foreach (var statement in needed)
        {
            var places = old.SelectMany(id => Enumerable.Range(0, database.Shards).Select(shard => ((short)shard, id))).ToList();
            old.ExceptWith(await session.QuerySetAsync(statement, places, row => row.GetString(0), cancel));
        }
        if (page.OfLaunches && old.Count > 0) old.ExceptWith(await OfTasksAsync(session, database, cancel));
        return (rows.ConvertAll(row => row.Id), [.. old.Select(id => (page.Shard, id))]);
    }

    /// <summary>The launches that tasks have yet to start something for.</summary>
    private static async Task<HashSet<string>> OfTasksAsync(Session session, Database database, CancellationToken cancel)
    {
        HashSet<string> launches = [];
        for (short shard = 0; shard < database.Shards; shard++)
            launches.UnionWith((await TaskStore.ReadOpenAsync(session, shard, cancel)).Select(task => (string?)task.Terms["launch_id"]).OfType<string>());
        return launches;
    }

    private sealed record Page(string Select, short Shard, string After, long Before, int Most)
    {
        /// <summary>The moment that counts is not only the one in the id.</summary>
        public bool ByVerdict { get; init; }
        /// <summary>Of launches, or of what they stored.</summary>
        public bool OfLaunches { get; init; }
    }
}
