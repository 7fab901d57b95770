using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Workflows.Steps;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>
/// Looks for profiles whose date has come, an hour ahead, page by page over all profiles of a shard; each page is a transaction that starts whom it finds and
/// moves the place. A run that is found ahead of its moment waits for it at the way in.
/// </summary>
public sealed class DateStarts(Database database, EventStore events, Ids ids)
{
    private const int Page = 500;

    /// <summary>How far ahead a look goes, and so how often one is due.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromHours(1);

    /// <summary>What a server that stood still missed by more than this is not made up for: nobody wants birthday wishes of last week.</summary>
    private static readonly TimeSpan CatchUp = TimeSpan.FromDays(1);

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

    /// <summary>The ways in by a date of the workflows that are active.</summary>
    public static List<(Workflow Workflow, OnDateStep Entry)> Of(WorkspaceModel model) =>
        [.. model.Workflows.Values.Where(workflow => workflow.Active).SelectMany(workflow => Graph.Of(workflow, model).Entries.OfType<OnDateStep>().Select(entry => (workflow, entry)))];

    /// <summary>One page of one look, or its first mark; false when none is due, or another process is at it.</summary>
    public async Task<bool> RunAsync(Session session, WorkspaceModel model, Workflow workflow, OnDateStep entry, short shard, long now, CancellationToken cancel)
    {
        (string, object?)[] place = [("shard", shard), ("workflow_id", workflow.Id), ("node", entry.Id)];

        // 1. Where does the look stand? A workflow that was never looked at begins with what comes from now on.
        var rows = await session.QueryAsync(Select, row => (Upto: row.GetInt64(0), To: row.GetInt64(1), After: row.GetString(2)), cancel, place);
        if (rows.Count == 0)
        {
            await session.ExecuteAsync(Begin, cancel, [.. place, ("upto", now)]);
            return true;
        }
        var (upto, to, after) = rows[0];
        if (to == 0 && now < upto) return false;
        if (to == 0) to = now + (long)Ahead.TotalMilliseconds;
        var from = Math.Max(upto, now - (long)CatchUp.TotalMilliseconds);

        // 2. Who of the next page has the date in that time?
        var page = await ProfileStore.PageAsync(session, shard, after, Page, cancel);
        var due = page.Where(profile => profile.DatabaseId == workflow.Database)
            .Select(profile => (profile.Id, Moment: entry.Rule!.Next(profile.Fields, from, Zones.Of(profile)))).Where(found => found.Moment >= from && found.Moment < to).ToDictionary(found => found.Id, found => found.Moment!.Value);

        // 3. Start them, and move the place.
        await StartAsync(session, model, workflow, entry, due, now, cancel);
        var ended = page.Count < Page;
        await session.ExecuteAsync(Move, cancel, [("upto", ended ? to : upto), ("scanning_to", ended ? 0L : to), ("after_id", ended ? "" : page[^1].Id), .. place]);
        return true;
    }

    private async Task StartAsync(Session session, WorkspaceModel model, Workflow workflow, OnDateStep entry, Dictionary<string, long> due, long now, CancellationToken cancel)
    {
        var profiles = await ProfileStore.LoadAsync(session, database, due.Keys, toChange: true, cancel);
        var starts = new Starts(ids, now);
        await starts.LoadAsync(session, profiles.Select(profile => (workflow, profile)), cancel);
        foreach (var profile in profiles)
        {
            var moment = due[profile.Id];
            starts.Start(new StartOrder
            {
                Workflow = workflow, Profile = profile, Entry = entry, Version = Graph.Of(workflow, model).Version, At = moment, Why = $"{entry.Rule!.Field}: {Walk.At(moment)}",
                Launch = new Launch
                {
                    Shard = profile.Shard, Id = ids.New(profile.Shard), Kind = LaunchKind.Workflow, ObjectId = workflow.Id, TokenName = "", RequestId = "", Created = now,
                    Content = new JsonObject { ["event"] = new JsonObject { ["kind"] = "date", ["field"] = entry.Rule.Field, ["time"] = moment } }, Trace = ["started by a date"],
                },
            });
        }
        await starts.WriteAsync(session, events, cancel);
    }
}
