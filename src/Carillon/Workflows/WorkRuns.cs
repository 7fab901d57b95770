using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>One transaction over many runs: what is due goes on until it waits or ends.</summary>
/// <remarks>
/// <code>
///   claim what is due -- hold the profiles that nobody else holds -- load profiles and contents, few large ones -- walk each -- write the sets -- (commit)
/// </code>
/// </remarks>
public sealed partial class WorkRuns(Database database, EventStore events, Ids ids, ILogger<WorkRuns> logger)
{
    /// <summary>So many large contents (over 64 KB) are worked on at once: those of a whole set could be gigabytes.</summary>
    public const int MostLarge = 4;

    /// <param name="claiming">Told of the run when only one is taken, so that whoever catches a fault knows whose it is.</param>
    public async Task<WorkedRuns> RunAsync(Session session, WorkspaceModel model, DueRuns due, Action<Run> claiming, CancellationToken cancel)
    {
        // 1. Claim.
        List<Run> claimed = [];
        var hands = due.Hands;
        foreach (var workflow in due.Workflows)
        {
            var most = Math.Min(hands, due.Most) - claimed.Count;
            if (most > 0) claimed.AddRange(await RunStore.ClaimParkedAsync(session, due.Shard, workflow, most, cancel));
        }
        foreach (var workflow in due.Workflows)
        {
            if (claimed.Count < due.Most) claimed.AddRange(await RunStore.ClaimAsync(session, due.Shard, workflow, due.Now, due.Most - claimed.Count, cancel));
        }
        if (claimed.Count == 0) return WorkedRuns.None;
        if (due.Most == 1) claiming(claimed[0]);

        // 2. Hold the profiles. Who is held by a call at this moment comes next time.
        var ofRuns = claimed.Select(run => run.ProfileId).Distinct().ToList();
        var free = (await ProfileStore.HoldFreeAsync(session, database, ofRuns, cancel)).ToHashSet();
        var profiles = await ProfileBatch.LoadAsync(session, database, ofRuns.Select(id => ById(id, claimed)), [], toChange: false, cancel);
        var here = claimed.FindAll(run => free.Contains(run.ProfileId) || !profiles.Has(run.ProfileId));
        var contents = (await LaunchStore.AskSmall(session, database, here.Select(run => run.ContentId).Distinct(), cancel).RowsAsync(cancel)).ToDictionary(launch => launch.Id);

        // 3. A few of the large contents. Whose content has to wait comes with the next set, which follows at once.
        var large = contents.Values.Where(launch => launch.IsBare).Take(MostLarge).Select(launch => launch.Id).ToList();
        foreach (var launch in await LaunchStore.LoadAsync(session, database, large, cancel)) contents[launch.Id] = launch;
        var crowded = here.RemoveAll(run => contents.GetValueOrDefault(run.ContentId) is { IsBare: true }) > 0;

        // 4. Walk each, in memory.
        List<Turn> turns = [.. here.Select(run => Walked(run, model, profiles, contents, due.Now, () => hands-- > 0))];
        for (var needy = turns.FindAll(turn => turn.Needs.Count > 0); needy.Count > 0; needy = needy.FindAll(turn => turn.Needs.Count > 0))
        {
            await profiles.LookUpAsync(session, needy.SelectMany(turn => turn.Needs), cancel);
            foreach (var turn in needy) RunSafely(turn);
        }

        // 5. Write the sets.
        await profiles.WriteAsync(session, cancel);
        await WriteAsync(session, turns, cancel);
        return new WorkedRuns([.. turns.Select(turn => turn.Run)], [.. turns.SelectMany(turn => turn.Messages)], [.. turns.Where(turn => turn.Call is not null).Select(turn => (turn.Call!, turn.Run))], turns.Sum(turn => turn.Records.Count), claimed.Count - here.Count, crowded);
    }

    private Turn Walked(Run run, WorkspaceModel model, ProfileBatch profiles, Dictionary<string, Launch> contents, long now, Func<bool> takeHand)
    {
        var workflow = model.Workflows[run.WorkflowId];
        var profile = profiles.Find(run.ProfileId);
        var content = contents.GetValueOrDefault(run.ContentId);
        var turn = new Turn
        {
            Run = run, Workflow = workflow, Graph = Graph.Of(workflow, model), Workspace = model, Now = now, Ids = ids,
            Profile = profile ?? Nobody(run), Content = content?.Content as JsonObject ?? [], AttachmentCount = content?.AttachmentCount ?? 0,
            Profiles = profiles, TakeHand = takeHand,
        };
        if (profile is null) Walk.Finish(turn, "removed", RunState.Removed, "the profile no longer exists");
        else RunSafely(turn);
        return turn;
    }

    /// <summary>A defect in one step ends its run, and hurts no neighbour.</summary>
    private void RunSafely(Turn turn)
    {
        try
        {
            Walk.Run(turn);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            LogStepFailed(turn.Run.Id, turn.Run.Node, fault);
            Walk.Finish(turn, "fault", RunState.Failed, $"a fault of ours at the node {turn.Run.Node}, see the log");
        }
    }

    private async Task WriteAsync(Session session, List<Turn> turns, CancellationToken cancel)
    {
        await LaunchStore.InsertAsync(session, [.. turns.SelectMany(turn => turn.Launches)], cancel);
        await LaunchStore.CopyAttachmentsAsync(session, database, [.. turns.SelectMany(turn => turn.Attachments)], cancel);
        await MessageStore.EnqueueAsync(session, [.. turns.SelectMany(turn => turn.Messages)], cancel);
        await RunStore.UpdateAsync(session, [.. turns.Select(turn => turn.Run)], cancel);
        await RunStore.InsertStepsAsync(session, [.. turns.SelectMany(turn => turn.Records)], cancel);
        await HappeningStore.InsertAsync(session, [.. turns.SelectMany(turn => turn.Happenings).Select(happening => (happening, true))], cancel);
        await events.AppendAsync(session, turns.SelectMany(turn => turn.Events), cancel);
    }

    private static ProfileMatch ById(string id, List<Run> claimed) => new()
    {
        DatabaseId = claimed.Find(run => run.ProfileId == id)!.DatabaseId, Mode = MatchMode.ProfileId, ProfileId = id, Shown = $"id {id}",
    };

    private static Profile Nobody(Run run) => new()
    {
        Id = run.ProfileId, Shard = run.Shard, DatabaseId = run.DatabaseId, Fields = [], Subscriptions = [], Created = run.Created, Updated = run.Created,
    };

    [LoggerMessage(EventId = 601, Level = LogLevel.Error, Message = "Run {RunId} failed at the node {Node}")]
    private partial void LogStepFailed(string runId, string node, Exception fault);
}

/// <summary>Where something is due.</summary>
/// <param name="Workflows">Active ones: nobody asks for the runs of the others, so they stand still.</param>
/// <param name="Most">The most runs of one transaction.</param>
/// <param name="Hands">How many requests to the outside may come of it; who finds none free is parked.</param>
public sealed record DueRuns(short Shard, IReadOnlyList<int> Workflows, long Now, int Most, int Hands);

/// <summary>What a transaction over runs came to.</summary>
/// <param name="LeftOut">Runs whose profile was held by somebody else, or whose content was too much for this set.</param>
/// <param name="Crowded">Some were left out for their content.</param>
public sealed record WorkedRuns(IReadOnlyList<Run> Runs, IReadOnlyList<Message> Messages, IReadOnlyList<(HttpCall Call, Run Run)> Calls, int Steps, int LeftOut, bool Crowded)
{
    public static readonly WorkedRuns None = new([], [], [], 0, 0, false);
}
