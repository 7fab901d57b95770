using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Query;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>Starts something for some profiles of an audience; how many of them were passed over.</summary>
public delegate Task<(int Skipped, Action? Committed)> StartSome(IReadOnlyList<Profile> profiles);

/// <summary>
/// What tasks do for a launch to more profiles than fit one transaction: they look at every profile of its database, in the order of shard
/// and id, and start something for those who match. A profile never changes its place in that order, and what a piece starts is written
/// with the cursor, so nobody is missed and nobody is started twice, whatever dies.
/// </summary>
public sealed class ExpandAudience(Database database)
{
    /// <summary>Rows that one turn looks at.</summary>
    private const int Piece = 500;

    /// <summary>The launch to an audience, its own or that of a call with many items, and the task that expands it.</summary>
    public static (Launch Launch, StoredTask Task) Begin(string kind, LaunchRequest request, TaskQueue tasks, Ids ids, long now)
    {
        var task = tasks.New(kind, request.TokenName, request.RequestId, [], total: 0);
        var launch = request.Shared?.Launch ?? request.NewLaunch(task.Shard, ids, now) with { Bulk = true, Audience = new LaunchAudience(0, 0, task.Id, "expanding") };
        var terms = new JsonObject
        {
            ["launch_id"] = launch.Id, ["source_id"] = request.ObjectId, ["custom_request"] = request.Audience!.Document.DeepClone(), ["launched"] = now,
        };
        return (launch, task with { Terms = terms });
    }

    /// <summary>A turn of the task.</summary>
    public async Task<TaskStep> RunAsync(Session session, TaskTurn turn, ProfileDatabase profiles, StartSome start, CancellationToken cancel)
    {
        if (turn.Fault is not null) throw new InvalidOperationException("The expansion of an audience failed at one profile", turn.Fault);
        var terms = turn.Task.Terms;
        var (query, problem) = ProfileQuery.Parse((JsonObject)terms["custom_request"]!, profiles);
        if (query is null) return await OverAsync(session, turn, Refusal.Invalid(problem), cancel);

        // 1. Who of the next profiles matches? Those who came after the launch are not meant.
        var cursor = ExpansionCursor.Read(turn.Task.Cursor);
        var sql = FilterSql.Of(query.Filter, database.Dialect);
        var page = await ProfileSearch.ReadPageAsync(session, database, query, sql, cursor.At, turn.Most == 1 ? 1 : Piece, cancel);
        var meant = page.Found.Where(profile => profile.Created <= (long)terms["launched"]!).ToList();

        // 2. Start.
        var (skipped, committed) = await start(meant);

        // 3. Where does the next turn go on? The last one, which finds nobody, keeps the counts with the launch.
        var next = cursor with { At = page.Next ?? cursor.At, Skipped = cursor.Skipped + skipped };
        if (page.Next is null) await CloseAsync(session, turn.Task, next.Skipped, "complete", null, cancel);
        return new TaskStep
        {
            Cursor = page.Next is null ? null : next.ToString(), Done = meant.Count, Total = page.Next is null ? turn.Task.Done : null, Committed = committed,
        };
    }

    /// <summary>Nobody else can be started: the launch and the task say why. The refusal is the only result of such a task, and so its first.</summary>
    public async Task<TaskStep> OverAsync(Session session, TaskTurn turn, Refusal refusal, CancellationToken cancel)
    {
        await CloseAsync(session, turn.Task, ExpansionCursor.Read(turn.Task.Cursor).Skipped, "stopped", refusal.Text, cancel);
        return new TaskStep { Cursor = null, Stopped = refusal.Text, Results = [.. BulkEndpoints.Results([(null, refusal)], 0)] };
    }

    /// <summary>A task was given up; if it expanded an audience, the launch says so.</summary>
    public Task GivenUpAsync(Session session, StoredTask task, CancellationToken cancel) =>
        task.Terms["custom_request"] is null ? Task.CompletedTask : CloseAsync(session, task, ExpansionCursor.Read(task.Cursor).Skipped, "failed", task.Reason, cancel);

    private async Task CloseAsync(Session session, StoredTask task, long skipped, string state, string? reason, CancellationToken cancel)
    {
        var launch = (await LaunchStore.LoadAsync(session, database, [(string)task.Terms["launch_id"]!], cancel)).SingleOrDefault();
        // The launch of a call with many items has no audience of its own; the task tells how many they were.
        if (launch?.Audience is not null) await LaunchStore.KeepAudienceAsync(session, launch with { Audience = new LaunchAudience(task.Done, skipped, task.Id, state) { Reason = reason } }, cancel);
    }
}

/// <summary>Where an expansion stands, and how many it passed over.</summary>
public sealed record ExpansionCursor(ProfileCursor At, long Skipped)
{
    public static ExpansionCursor Read(string text)
    {
        if (text.Length == 0) return new ExpansionCursor(ProfileCursor.Start, 0);
        var parts = text.Split(' ');
        return new ExpansionCursor(new ProfileCursor(short.Parse(parts[0], CultureInfo.InvariantCulture), parts[2]), long.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.Shard} {Skipped} {At.After}");
}
