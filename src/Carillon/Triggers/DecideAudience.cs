using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;

namespace Carillon.Triggers;

/// <summary>
/// Decides a launch to everyone whom a filter finds. Few: their messages are written with the launch. Many: a task is, and it expands the
/// audience (<see cref="ExpandAudience"/>). The launch, with its content and files, stands once, on a shard of its own; the messages
/// stand with their profiles.
/// </summary>
internal sealed class DecideAudience(Ids ids, TaskQueue tasks)
{
    public LaunchOutcome Run(LaunchRequest request, ProfileBatch profiles, LaunchTriggers.Started started, long now) =>
        request.Audience!.Found.Complete ? Few(request, profiles, started, now) : Many(request, started, now);

    private LaunchOutcome Few(LaunchRequest request, ProfileBatch profiles, LaunchTriggers.Started started, long now)
    {
        // 1. Who still matches? They were found before this transaction.
        var audience = request.Audience!;
        var matching = audience.Found.Ids.Select(id => profiles.Find(audience.Match(id)).Profile).Where(profile => profile is not null && audience.Query.Matches(profile)).ToList();
        if (matching.Count == 0) return LaunchOutcome.Refused(Refusal.NotFound($"No profile of database {audience.Query.Database.Id} matches 'custom_request'"));

        // 2. Which subscription of each?
        var willing = matching.Select(profile => (Profile: profile!, ChooseSubscription.Run(request, profile!).Chosen)).Where(pair => pair.Chosen is not null).ToList();
        if (willing.Count == 0) return LaunchOutcome.Refused(Refusal.Invalid("No active subscriptions for trigger resource"));

        // 3. The launch of the call, or one of its own on the shard of the first of them, so that an audience of one stays on one shard.
        var launch = request.Shared?.Launch
            ?? LaunchTriggers.MakeLaunch(request, willing[0].Profile.Shard, ids, now) with { Bulk = true, Audience = new LaunchAudience(matching.Count, matching.Count - willing.Count, null, "complete") };
        started.Add(launch, request.Shared);
        started.Messages.AddRange(willing.Select(pair => LaunchTriggers.MakeMessage(request, pair.Profile, pair.Chosen!, launch, ids, now)));
        return new LaunchOutcome(null, launch.Id, null) { Audience = willing.ConvertAll(pair => pair.Profile.Id), Shards = [.. willing.Select(pair => pair.Profile.Shard).Distinct()] };
    }

    private LaunchOutcome Many(LaunchRequest request, LaunchTriggers.Started started, long now)
    {
        var task = tasks.New(ExpandAudience.Kind, request.TokenName, request.RequestId, [], total: 0);
        var launch = request.Shared?.Launch ?? LaunchTriggers.MakeLaunch(request, task.Shard, ids, now) with { Bulk = true, Audience = new LaunchAudience(0, 0, task.Id, "expanding") };
        var runAt = now + (long)request.Timeout.TotalMilliseconds;
        task = task with { Terms = ExpandAudience.Terms(request, launch, runAt, LaunchTriggers.ExpiresAt(request, runAt)) };
        started.Add(launch, request.Shared);
        started.Tasks.Add(task);
        return new LaunchOutcome(null, launch.Id, null) { Task = task };
    }
}
