using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Workflows.Steps;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>One transaction over many happenings: those who wait for one are woken, and those whom one takes in are started.</summary>
/// <remarks>
/// <code>
///   claim -- hold the profiles -- load who listens and who is inside -- wake, start -- write the sets, delete the rows -- (commit)
/// </code>
/// </remarks>
public sealed class TakeHappenings(Database database, WorkspaceSource workspace, EventStore events, DateStarts dates, Ids ids)
{
    /// <returns>How many were acted upon; what they woke and started is due now.</returns>
    public async Task<int> RunAsync(Session session, short shard, long now, int most, CancellationToken cancel)
    {
        // 1. Claim, and hold the profiles. Who is held by a call at this moment comes next time.
        var claimed = await HappeningStore.ClaimAsync(session, shard, most, cancel);
        if (claimed.Count == 0) return 0;
        // They are gone afterwards, so it must not be the picture from before another process changed a workflow.
        var model = await workspace.StoredAsync(session, cancel);
        var ofClaimed = claimed.Select(happening => happening.ProfileId).Distinct().ToList();
        var free = (await ProfileStore.HoldFreeAsync(session, database, ofClaimed, cancel)).ToHashSet();
        var profiles = (await ProfileStore.LoadAsync(session, database, ofClaimed, toChange: false, cancel)).ToDictionary(profile => profile.Id);
        var here = claimed.FindAll(happening => free.Contains(happening.ProfileId) || !profiles.ContainsKey(happening.ProfileId));

        // 2. Who listens, and who is inside?
        var listening = (await RunStore.LoadListeningAsync(session, [.. free.Select(id => (database.ShardOfId(id), id))], cancel)).ToDictionary(run => run.Id);
        var orders = here.Where(happening => profiles.ContainsKey(happening.ProfileId)).SelectMany(happening => Orders(happening, profiles[happening.ProfileId], model, now)).ToList();
        orders.AddRange(await dates.OrdersAsync(session, model, shard, here, profiles, now, cancel));
        var starts = new Starts(ids, now);
        await starts.LoadAsync(session, orders.Select(order => (order.Workflow, order.Profile)), cancel);

        // 3. Wake and start, in the order in which things happened.
        var woken = new Dictionary<string, Run>();
        foreach (var happening in here) Wake(happening, listening, woken, model, now);
        foreach (var order in orders) starts.Start(order);

        // 4. Write.
        await RunStore.UpdateAsync(session, [.. woken.Values], cancel);
        await starts.WriteAsync(session, events, cancel);
        await HappeningStore.DeleteAsync(session, here, cancel);
        return here.Count;
    }

    /// <summary>What a run waits for ends its wait; it goes on in its next turn. Also in a workflow that stands still: what it saw is kept.</summary>
    private static void Wake(Happening happening, Dictionary<string, Run> listening, Dictionary<string, Run> woken, WorkspaceModel model, long now)
    {
        foreach (var run in listening.Values.Where(run => run.ProfileId == happening.ProfileId && WaitsFor(run, happening, model)).ToList())
        {
            listening.Remove(run.Id);
            woken[run.Id] = run with { RunAt = now, WaitsFor = "", Updated = now, Memory = run.Memory with { Event = happening.ToJson() } };
        }
    }

    private static bool WaitsFor(Run run, Happening happening, WorkspaceModel model)
    {
        if (run.WaitsFor.StartsWith("message:", StringComparison.Ordinal)) return happening.MessageId.Length > 0 && run.WaitsFor.AsSpan("message:".Length).SequenceEqual(happening.MessageId) && WaitEventStep.IsVerdict(happening.Kind);
        return model.Workflows.TryGetValue(run.WorkflowId, out var workflow)
            && Graph.Of(workflow, model).Steps.TryGetValue(run.Node, out var step) && step is WaitEventStep wait && wait.Takes(run, happening);
    }

    /// <summary>Which workflows a happening takes the profile into.</summary>
    private IEnumerable<StartOrder> Orders(Happening happening, Profile profile, WorkspaceModel model, long now)
    {
        if (happening.Kind == Happening.StartWorkflow) return Asked(happening, profile, model);
        return (bool?)happening.Document["quiet"] == true ? [] : Started(happening, profile, model, now);
    }

    private static IEnumerable<StartOrder> Asked(Happening happening, Profile profile, WorkspaceModel model)
    {
        if (!model.Workflows.TryGetValue((int)happening.Document["workflow_id"]!, out var workflow) || !workflow.Active || workflow.Database != profile.DatabaseId) yield break;
        if (Graph.Of(workflow, model).Start is not { } entry) yield break;
        yield return new StartOrder
        {
            Workflow = workflow, Profile = profile, Entry = entry, Version = Graph.Of(workflow, model).Version, ContentId = happening.LaunchId, Hurried = (int)happening.Document["hurried"]!, Why = (string)happening.Document["reason"]!,
        };
    }

    private IEnumerable<StartOrder> Started(Happening happening, Profile profile, WorkspaceModel model, long now)
    {
        foreach (var workflow in model.Workflows.Values.Where(workflow => workflow.Active && workflow.Database == profile.DatabaseId))
        {
            foreach (var entry in Graph.Of(workflow, model).Entries.Where(entry => entry.Kinds.Contains(happening.Kind)))
            {
                if (entry.Takes(happening, profile) is not { } why) continue;
                yield return new StartOrder
                {
                    Workflow = workflow, Profile = profile, Entry = entry, Version = Graph.Of(workflow, model).Version, Launch = LaunchOf(happening, workflow, profile, now), Why = why,
                    Hurried = (int?)happening.Document["hurried"] + 1 ?? 0,
                };
                break;
            }
        }
    }

    private Launch LaunchOf(Happening happening, Workflow workflow, Profile profile, long now) => new()
    {
        Shard = profile.Shard, Id = ids.New(profile.Shard), Kind = LaunchKind.Workflow, ObjectId = workflow.Id, TokenName = "", RequestId = "", Created = now,
        Content = new JsonObject { ["event"] = happening.ToJson() }, Trace = [$"started by the event {happening.Kind}"],
    };
}
