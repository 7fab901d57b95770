using Carillon.History;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;
using Carillon.Triggers;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>Engages profiles in workflows by calls. Who is inside already is asked under the lock on the profiles.</summary>
public sealed class LaunchWorkflows(Database database, AnswerStore answers, EventStore events, Ids ids, RunSignal signal, TaskQueue tasks, Telemetry telemetry, TimeProvider time)
    : LaunchInBatches<WorkflowRequest>(database, answers, tasks, telemetry, time)
{
    protected override async Task<LaunchOutcome[]?[]> RunAsync(Session session, LaunchBatch<WorkflowRequest> batch, CancellationToken cancel)
    {
        // 1. Who is inside?
        var started = new Started(new Starts(ids, batch.Now));
        var workflows = batch.Requests.Select(request => request.Workflow).Distinct();
        await started.Starts.LoadAsync(session, workflows.SelectMany(workflow => batch.Profiles.Loaded.Where(profile => profile.DatabaseId == workflow.Database).Select(profile => (workflow, profile))), cancel);

        // 2. Decide each call.
        var outcomes = batch.InOrder(request => request.Audience is null ? ForOne(request, batch, started) : ForAudience(request, batch, started));

        // 3. Write the sets.
        await started.WriteLaunchesAsync(session, cancel);
        await events.AppendAsync(session, started.Imported, cancel);
        await started.Starts.WriteAsync(session, events, cancel);
        return outcomes;
    }

    protected override void Wake(WorkflowRequest request, short shard) => signal.Wake(shard);

    private LaunchOutcome ForOne(WorkflowRequest request, LaunchBatch<WorkflowRequest> batch, Started started)
    {
        // 1. Whom is it for?
        var (profile, refusal) = request.Import is null ? batch.Profiles.FindOne(request.Match!) : Import(request.Import, batch, started);
        if (profile is null) return LaunchOutcome.Refused(refusal!);

        // 2. Does the workflow take it? The launch is written down only then.
        var launch = request.Shared?.Launch ?? request.NewLaunch(profile.Shard, ids, batch.Now);
        if (!started.Starts.Start(request.Order(profile, launch.Id))) return new LaunchOutcome(profile.Id, null, null);
        started.Add(launch, request.Shared);
        return new LaunchOutcome(profile.Id, launch.Id, null) { Shards = [profile.Shard] };
    }

    private (Profile? Profile, Refusal? Refusal) Import(ImportProfile import, LaunchBatch<WorkflowRequest> batch, Started started)
    {
        var (profile, created, refusal) = import.Decide(batch.Profiles, ids, Database.Shards, batch.Now);
        if (profile is not null) started.Imported.Add(ImportEvents.Of(profile, created, "", import.Trace, batch.Now, import.SkipTriggers));
        return (profile, refusal);
    }

    /// <summary>Few are engaged with the launch, many by a task (<see cref="EngageAudience"/>).</summary>
    private LaunchOutcome ForAudience(WorkflowRequest request, LaunchBatch<WorkflowRequest> batch, Started started)
    {
        if (!request.Audience!.Found.Complete)
        {
            var (large, task) = ExpandAudience.Begin(EngageAudience.Kind, request, Tasks, ids, batch.Now);
            started.Add(large, request.Shared);
            started.Add(task);
            return new LaunchOutcome(null, large.Id, null) { Task = task };
        }
        var (matching, nobody) = request.Audience.Still(batch.Profiles);
        if (nobody is not null) return LaunchOutcome.Refused(nobody);

        // One launch, on the shard of the first of them, so that an audience of one stays on one shard.
        var launch = request.NewLaunch(matching[0].Shard, ids, batch.Now);
        var taken = matching.Where(profile => started.Starts.Start(request.Order(profile, launch.Id))).ToList();
        started.Add(launch with { Bulk = true, Audience = new LaunchAudience(matching.Count, matching.Count - taken.Count, null, "complete") }, shared: null);
        return new LaunchOutcome(null, launch.Id, null) { Shards = [.. taken.Select(profile => profile.Shard).Distinct()] };
    }

    /// <summary>What a batch writes.</summary>
    private sealed class Started(Starts starts) : StartedLaunches
    {
        public Starts Starts { get; } = starts;
        public List<Event> Imported { get; } = [];
    }
}
