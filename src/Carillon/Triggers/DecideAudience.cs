using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;

namespace Carillon.Triggers;

/// <summary>
/// Decides a launch to everyone whom a filter finds. Few: their messages are written with the launch. Many: a task is, and it expands the
/// audience (<see cref="LaunchToAudience"/>). The launch, with its content and files, stands once, on a shard of its own; the messages
/// stand with their profiles.
/// </summary>
internal sealed class DecideAudience(Ids ids, TaskQueue tasks)
{
    public LaunchOutcome Run(TriggerRequest request, ProfileBatch profiles, LaunchTriggers.Started started, long now) =>
        request.Audience!.Found.Complete ? Few(request, profiles, started, now) : Many(request, started, now);

    private LaunchOutcome Few(TriggerRequest request, ProfileBatch profiles, LaunchTriggers.Started started, long now)
    {
        // 1. Who still matches?
        var (matching, nobody) = request.Audience!.Still(profiles);
        if (nobody is not null) return LaunchOutcome.Refused(nobody);

        // 2. Which subscription of each?
        var willing = matching.Select(profile => (Profile: profile, ChooseSubscription.Run(request, profile).Chosen)).Where(pair => pair.Chosen is not null).ToList();
        if (willing.Count == 0) return LaunchOutcome.Refused(Refusal.Invalid("No active subscriptions for trigger resource"));

        // 3. The launch of the call, or one of its own on the shard of the first of them, so that an audience of one stays on one shard.
        var launch = request.Shared?.Launch
            ?? request.NewLaunch(willing[0].Profile.Shard, ids, now) with { Bulk = true, Audience = new LaunchAudience(matching.Count, matching.Count - willing.Count, null, "complete") };
        started.Add(launch, request.Shared);
        started.Messages.AddRange(willing.Select(pair => LaunchTriggers.MakeMessage(request, pair.Profile, pair.Chosen!, launch, ids, now)));
        return new LaunchOutcome(null, launch.Id, null) { Audience = willing.ConvertAll(pair => pair.Profile.Id), Shards = [.. willing.Select(pair => pair.Profile.Shard).Distinct()] };
    }

    private LaunchOutcome Many(TriggerRequest request, LaunchTriggers.Started started, long now)
    {
        var runAt = now + (long)request.Timeout.TotalMilliseconds;
        var (launch, task) = ExpandAudience.Begin(LaunchToAudience.Kind, request, tasks, ids, request.Accepted ?? now);
        task.Terms["run_at"] = runAt;
        task.Terms["expires_at"] = LaunchTriggers.ExpiresAt(request, runAt);
        started.Add(launch, request.Shared);
        started.Add(task);
        return new LaunchOutcome(null, launch.Id, null) { Task = task };
    }
}
