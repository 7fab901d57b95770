using Carillon.History;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;

namespace Carillon.Triggers;

/// <summary>Starts trigger mailings: of each profile the subscription, and a message to it.</summary>
public sealed class LaunchTriggers(Database database, AnswerStore answers, EventStore events, Ids ids, QueueSignal signal, TaskQueue tasks, Telemetry telemetry, TimeProvider time)
    : LaunchInBatches<TriggerRequest>(database, answers, tasks, telemetry, time)
{
    /// <summary>How long a message may try to be sent when the call names no expiration.</summary>
    public static readonly TimeSpan DefaultLife = TimeSpan.FromDays(1);

    protected override async Task<LaunchOutcome[]?[]> RunAsync(Session session, LaunchBatch<TriggerRequest> batch, CancellationToken cancel)
    {
        var started = new Started();
        var outcomes = batch.InOrder(request => Decide(request, batch.Profiles, started, batch.Now));
        await started.WriteLaunchesAsync(session, cancel);
        await MessageStore.EnqueueAsync(session, started.Messages, cancel);
        await events.AppendAsync(session, started.Events, cancel);
        return outcomes;
    }

    protected override void Wake(TriggerRequest request, short shard)
    {
        if (request.Timeout <= TimeSpan.Zero) signal.Wake(SenderOf(request), shard);
    }

    private LaunchOutcome Decide(TriggerRequest request, ProfileBatch profiles, Started started, long now)
    {
        if (request.Audience is not null) return new DecideAudience(ids, Tasks).Run(request, profiles, started, now);

        // 1. Whom is it for, and which of its subscriptions gets the message? An import that cannot be followed by the message is not done at all.
        Subscription? subscription = null;
        Refusal? Choose(Profile after)
        {
            (subscription, var unwilling) = ChooseSubscription.Run(request, after);
            return unwilling;
        }
        var (profile, created, refusal) = request.Import is { } import
            ? import.Decide(profiles, ids, Database.Shards, now, Choose)
            : Find(request.Match!, profiles, Choose);
        if (profile is null || subscription is null) return LaunchOutcome.Refused(refusal!);

        // 2. Write down the launch, its message and the import's event.
        var launch = request.Shared?.Launch ?? request.NewLaunch(profile.Shard, ids, now) with { Fields = LinkField.Of(request.Fields, profile) };
        started.Add(launch, request.Shared);
        started.Messages.Add(MakeMessage(request, profile, subscription, launch, ids, now));
        if (request.Import is not null) started.Events.Add(ImportEvents.Of(profile, created, launch.Id, request.Shared is null ? [] : request.Import.Trace, now, request.Import.SkipTriggers));
        return new LaunchOutcome(profile.Id, launch.Id, null) { Shards = [profile.Shard] };
    }

    private static (Profile? Profile, bool Created, Refusal? Refusal) Find(ProfileMatch match, ProfileBatch profiles, Func<Profile, Refusal?> objection)
    {
        var (profile, refusal) = profiles.FindOne(match);
        if (profile is not null) refusal = objection(profile);
        return (profile, false, refusal);
    }

    internal static Message MakeMessage(TriggerRequest request, Profile profile, Subscription subscription, Launch launch, Ids ids, long now)
    {
        var runAt = now + (long)request.Timeout.TotalMilliseconds;
        return new Message
        {
            Shard = profile.Shard, Id = ids.New(profile.Shard), LaunchId = launch.Id, ProfileId = profile.Id, DatabaseId = profile.DatabaseId,
            TriggerId = request.Trigger.Id, ResourceId = request.Trigger.Resource, Channel = subscription.Channel, Contact = subscription.Contact,
            SenderId = SenderOf(request), Priority = request.Priority, RunAt = runAt,
            ExpiresAt = ExpiresAt(request, runAt), Created = request.Accepted ?? now,
        };
    }

    internal static long ExpiresAt(TriggerRequest request, long runAt) => request.Expiration?.ToUnixTimeMilliseconds() ?? runAt + (long)DefaultLife.TotalMilliseconds;

    private static int SenderOf(TriggerRequest request) => request.Resource.Channels[request.Trigger.Channel].Sender;

    /// <summary>What a batch writes.</summary>
    internal sealed class Started : StartedLaunches
    {
        public List<Message> Messages { get; } = [];
        public List<Event> Events { get; } = [];
    }
}
