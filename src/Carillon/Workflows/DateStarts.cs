using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Workflows.Steps;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>
/// Starts profiles whose date has come. A look finds them an hour ahead, page by page over all profiles of a shard; each page is a transaction that starts whom
/// it finds and moves the place. A run that is found ahead of its moment waits for it at the way in.
/// </summary>
/// <remarks>
/// <code>
///   upto ---- a look, an hour ahead ----> the new upto        a profile that changes tells so (an event): if its date is before upto, no look
///                                                             would see it any more, and it is started by the event
/// </code>
/// Where both find a date, the second one finds it in <c>date_starts</c>.
/// </remarks>
public sealed class DateStarts(Database database, EventStore events, Ids ids)
{
    private const int Page = 500;

    /// <summary>How far ahead a look goes, and so how often one is due.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromHours(1);

    /// <summary>What a server that stood still missed by more than this is not made up for: nobody wants birthday wishes of last week.</summary>
    private static readonly TimeSpan CatchUp = TimeSpan.FromDays(1);

    // Where is a look due, or in progress?
    private static readonly SetStatement<(short Shard, int WorkflowId, string Node, long Now)> SelectDue = new("""
        SELECT r.shard, r.workflow_id, r.node FROM {set} WHERE NOT EXISTS (
            SELECT 1 FROM date_scans d WHERE d.shard = r.shard AND d.workflow_id = r.workflow_id AND d.node = r.node AND d.scanning_to = 0 AND d.upto > r.now)
        """,
        new("shard", SqlType.SmallInt, d => d.Shard), new("workflow_id", SqlType.Int, d => d.WorkflowId), new("node", SqlType.Text, d => d.Node), new("now", SqlType.BigInt, d => d.Now));

    private const string Select = """
        SELECT upto, scanning_to, after_id FROM date_scans WHERE shard = @shard AND workflow_id = @workflow_id AND node = @node {skip_locked}
        """;

    private const string Begin = """
        INSERT INTO date_scans (shard, workflow_id, node, upto, scanning_to, after_id) VALUES (@shard, @workflow_id, @node, @upto, 0, '')
        ON CONFLICT (shard, workflow_id, node) DO NOTHING
        """;

    private const string Move = """
        UPDATE date_scans SET upto = @upto, scanning_to = @scanning_to, after_id = @after_id WHERE shard = @shard AND workflow_id = @workflow_id AND node = @node
        """;

    // Up to where is every date known that stood there at the time?
    private const string SelectReached = """
        SELECT upto, scanning_to FROM date_scans WHERE shard = @shard AND workflow_id = @workflow_id AND node = @node
        """;

    private static readonly SetStatement<(short Shard, int WorkflowId, string Node, long Moment, string ProfileId)> Take = new("""
        INSERT INTO date_starts (shard, workflow_id, node, moment, profile_id)
        SELECT shard, workflow_id, node, moment, profile_id FROM {set} WHERE true ON CONFLICT DO NOTHING RETURNING profile_id
        """,
        new("shard", SqlType.SmallInt, d => d.Shard), new("workflow_id", SqlType.Int, d => d.WorkflowId), new("node", SqlType.Text, d => d.Node),
        new("moment", SqlType.BigInt, d => d.Moment), new("profile_id", SqlType.Text, d => d.ProfileId));

    private const string Forget = "DELETE FROM date_starts WHERE shard = @shard AND workflow_id = @workflow_id AND node = @node AND moment < @before";

    /// <summary>The ways in by a date of the workflows that are active.</summary>
    public static List<(Workflow Workflow, OnDateStep Entry)> Of(WorkspaceModel model) =>
        [.. model.Workflows.Values.Where(workflow => workflow.Active).SelectMany(workflow => Graph.Of(workflow, model).Entries.OfType<OnDateStep>().Select(entry => (workflow, entry)))];

    /// <summary>The shards and ways in where there is something to look for.</summary>
    public static async Task<List<(short Shard, Workflow Workflow, OnDateStep Entry)>> FindAsync(Session session, WorkspaceModel model, IReadOnlyList<short> shards, long now, CancellationToken cancel)
    {
        var entries = Of(model).ToDictionary(one => (one.Workflow.Id, one.Entry.Id));
        List<(short, int, string, long)> places = [.. shards.SelectMany(shard => entries.Keys.Select(key => (shard, key.Item1, key.Item2, now)))];
        var due = await session.QuerySetAsync(SelectDue, places, row => (Shard: row.GetInt16(0), Key: (row.GetInt32(1), row.GetString(2))), cancel);
        return due.ConvertAll(place => (place.Shard, entries[place.Key].Workflow, entries[place.Key].Entry));
    }

    /// <summary>One page of one look, or the mark that it begins; false when none is due, or another process is at it.</summary>
    public async Task<bool> RunAsync(Session session, WorkspaceModel model, Workflow workflow, OnDateStep entry, short shard, long now, CancellationToken cancel)
    {
        (string, object?)[] place = [("shard", shard), ("workflow_id", workflow.Id), ("node", entry.Id)];

        // 1. Where does the look stand? A workflow that was never looked at begins with what comes from now on.
        var rows = await session.QueryAsync(Select, row => (Upto: row.GetInt64(0), To: row.GetInt64(1), After: row.GetString(2)), cancel, place);
        if (rows.Count == 0) return await session.ExecuteAsync(Begin, cancel, [.. place, ("upto", now)]) > 0;
        var (upto, to, after) = rows[0];
        if (to == 0 && now < upto) return false;
        if (to == 0)
        {
            // It says how far it goes before it reads: whose change is too late for what it reads then finds that said.
            await session.ExecuteAsync(Move, cancel, [("upto", upto), ("scanning_to", now + (long)Ahead.TotalMilliseconds), ("after_id", after), .. place]);
            return true;
        }
        var from = Math.Max(upto, now - (long)CatchUp.TotalMilliseconds);

        // 2. Who of the next page has the date in that time?
        var page = await ProfileStore.PageAsync(session, shard, after, Page, cancel);
        var due = page.Where(profile => profile.DatabaseId == workflow.Database)
            .Select(profile => (profile.Id, Moment: entry.Rule!.Next(profile.Fields, from, Zones.Of(profile)))).Where(found => found.Moment >= from && found.Moment < to).ToDictionary(found => found.Id, found => found.Moment!.Value);

        // 3. Start them, and move the place.
        var profiles = await ProfileStore.LoadAsync(session, database, due.Keys, toChange: true, cancel);
        var orders = await TakeAsync(session, model, workflow, entry, profiles.ConvertAll(profile => (profile, due[profile.Id])), now, cancel);
        var starts = new Starts(ids, now);
        await starts.LoadAsync(session, orders.Select(order => (order.Workflow, order.Profile)), cancel);
        foreach (var order in orders) starts.Start(order);
        await starts.WriteAsync(session, events, cancel);
        var ended = page.Count < Page;
        await session.ExecuteAsync(Move, cancel, [("upto", ended ? to : upto), ("scanning_to", ended ? 0L : to), ("after_id", ended ? "" : page[^1].Id), .. place]);
        if (ended) await session.ExecuteAsync(Forget, cancel, [("before", now - (long)CatchUp.TotalMilliseconds), .. place]);
        return true;
    }

    /// <summary>Of profiles that changed, those whose date no look would see any more. The profiles must be held.</summary>
    public async Task<List<StartOrder>> OrdersAsync(
        Session session, WorkspaceModel model, short shard, IReadOnlyList<Happening> happenings, Dictionary<string, Profile> profiles, long now, CancellationToken cancel)
    {
        List<StartOrder> orders = [];
        foreach (var (workflow, entry) in Of(model))
        {
            var changes = happenings.Where(happening => happening.DatabaseId == workflow.Database && entry.Kinds.Contains(happening.Kind) && profiles.ContainsKey(happening.ProfileId)).ToList();
            if (changes.Count == 0) continue;
            var reached = (await session.QueryAsync(SelectReached, row => Math.Max(row.GetInt64(0), row.GetInt64(1)), cancel, ("shard", shard), ("workflow_id", workflow.Id), ("node", entry.Id))).SingleOrDefault();
            var due = changes.Select(change => (Profile: profiles[change.ProfileId], change.Time)).DistinctBy(change => change.Profile.Id)
                .Select(change => (change.Profile, change.Time, Moment: entry.Rule!.Next(change.Profile.Fields, change.Time, Zones.Of(change.Profile))))
                .Where(found => found.Moment >= found.Time && found.Moment < reached).Select(found => (found.Profile, found.Moment!.Value)).ToList();
            orders.AddRange(await TakeAsync(session, model, workflow, entry, due, now, cancel));
        }
        return orders;
    }

    /// <summary>Those of whom nobody has taken the date yet.</summary>
    private async Task<List<StartOrder>> TakeAsync(
        Session session, WorkspaceModel model, Workflow workflow, OnDateStep entry, IReadOnlyList<(Profile Profile, long Moment)> due, long now, CancellationToken cancel)
    {
        var taken = (await session.QuerySetAsync(Take, [.. due.Select(one => (one.Profile.Shard, workflow.Id, entry.Id, one.Moment, one.Profile.Id))], row => row.GetString(0), cancel)).ToHashSet();
        return [.. due.Where(one => taken.Contains(one.Profile.Id)).Select(one => new StartOrder
        {
            Workflow = workflow, Profile = one.Profile, Entry = entry, Version = Graph.Of(workflow, model).Version, At = one.Moment, Why = $"{entry.Rule!.Field}: {Walk.At(one.Moment)}",
            Launch = new Launch
            {
                Shard = one.Profile.Shard, Id = ids.New(one.Profile.Shard), Kind = LaunchKind.Workflow, ObjectId = workflow.Id, TokenName = "", RequestId = "", Created = now,
                Content = new JsonObject { ["event"] = new JsonObject { ["kind"] = "date", ["field"] = entry.Rule.Field, ["time"] = one.Moment } }, Trace = ["started by a date"],
            },
        })];
    }
}
