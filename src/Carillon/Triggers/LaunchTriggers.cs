using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;

namespace Carillon.Triggers;

/// <summary>
/// Starts trigger mailings, a batch of calls per transaction; a single call is a batch of one.
/// </summary>
/// <remarks>
/// <code>
///   load whom the calls may touch --> decide each call in order --> write the sets --> (commit) --> answer all
///                                     a repeat? match, import, subscription, message
/// </code>
/// </remarks>
public sealed class LaunchTriggers : IAsyncDisposable
{
    /// <summary>How long a message may try to be sent when the call names no expiration.</summary>
    public static readonly TimeSpan DefaultLife = TimeSpan.FromDays(1);

    private readonly Database _database;
    private readonly AnswerStore _answers;
    private readonly EventStore _events;
    private readonly Ids _ids;
    private readonly Telemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly QueueSignal _signal;
    private readonly TaskQueue _tasks;
    private readonly Batcher<Portion<LaunchRequest, LaunchOutcome>, LaunchOutcome[]?> _batcher;
    private readonly Portions<LaunchRequest, LaunchOutcome> _portions;

    public LaunchTriggers(Database database, AnswerStore answers, EventStore events, Ids ids, QueueSignal signal, TaskQueue tasks, Telemetry telemetry, TimeProvider time)
    {
        (_database, _answers, _events, _ids, _signal, _tasks, _telemetry, _time) = (database, answers, events, ids, signal, tasks, telemetry, time);
        _batcher = new(database, RunAsync, committed: Committed, weigh: portion => portion.Items.Sum(item => 1 + item.Audience?.Matches.Count() ?? 1));
        _portions = new(database, answers, _batcher);
    }

    /// <summary>Returns when the launch is on disk, or refused.</summary>
    public async Task<LaunchOutcome> RunAsync(LaunchRequest request, CancellationToken cancel)
    {
        var (attachments, refusal) = await UploadedAttachments.ResolveAsync(_database, request.Attachments, _time, cancel);
        if (refusal is not null) return LaunchOutcome.Refused(refusal);
        request = request with { Attachments = attachments };
        using var spans = LaunchSpans.Begin(_telemetry);
        var portion = new Portion<LaunchRequest, LaunchOutcome>([spans is null ? request : request with { Spans = spans }])
        {
            Call = request.Once, Keep = outcomes => Answer(request, outcomes[0]),
        };
        return await _batcher.RunAsync(portion, cancel) is { } outcomes ? outcomes[0] : LaunchOutcome.Repeated;
    }

    /// <summary>Launches many, each as if it came alone; null for a repeat.</summary>
    public Task<IReadOnlyList<LaunchOutcome>?> RunAsync(ManyItems<LaunchRequest, LaunchOutcome> call, CancellationToken cancel) => _portions.RunAsync(call, cancel);

    /// <summary>The piece of a task, in the task's own transaction. Call <see cref="Committed"/> after it.</summary>
    public async Task<LaunchOutcome[]> RunAsync(Session session, IReadOnlyList<LaunchRequest> requests, CancellationToken cancel) =>
        (await RunAsync(session, [new Portion<LaunchRequest, LaunchOutcome>(requests) { Keep = _ => null }], cancel))[0]!;

    /// <summary>Wakes who delivers, and counts.</summary>
    public void Committed(IReadOnlyList<LaunchRequest> requests, IReadOnlyList<LaunchOutcome> outcomes)
    {
        for (var i = 0; i < requests.Count; i++)
        {
            var (request, outcome) = (requests[i], outcomes[i]);
            request.Spans?.Ended();
            if (outcome.LaunchId is null) continue;
            if (request.Shared is { } shared && shared.Launch.Id == outcome.LaunchId) shared.Stored = true;
            if (request.Timeout <= TimeSpan.Zero) foreach (var shard in outcome.Shards) _signal.Wake(SenderOf(request), shard);
            if (outcome.Task is { } task) _tasks.Wake(task);
            _telemetry.Launches.Add(1);
            if (request.Import is { UnknownFields: > 0 } import) _telemetry.UnknownFields.Add(import.UnknownFields);
        }
    }

    public ValueTask DisposeAsync() => _batcher.DisposeAsync();

    private static Kept? Answer(LaunchRequest request, LaunchOutcome outcome) => outcome.Refusal is not null ? null
        : request.Import is not null ? new Kept(outcome.LaunchId, ("profile_id", outcome.ProfileId))
        : new Kept(outcome.LaunchId, ("data", request.Audience is { AsTask: true } ? new JsonObject { ["task_id"] = outcome.Task!.Id } : null));

    private void Committed(IReadOnlyList<Portion<LaunchRequest, LaunchOutcome>> portions, LaunchOutcome[]?[] outcomes)
    {
        for (var i = 0; i < portions.Count; i++)
        {
            if (outcomes[i] is { } told) Committed(portions[i].Items, told);
        }
    }

    private async Task<LaunchOutcome[]?[]> RunAsync(Session session, IReadOnlyList<Portion<LaunchRequest, LaunchOutcome>> portions, CancellationToken cancel)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var requests = portions.SelectMany(portion => portion.Items).Where(request => request.Refused is null).ToList();
        foreach (var request in requests) request.Spans?.BatchBegins(requests.Count);

        // 1. Load whom the calls may touch, then what was answered before: a twin in another transaction holds the same profiles, and is
        //    seen once it let them go.
        var matches = requests.SelectMany(request => request.Audience?.Matches ?? [request.Import is { } import ? import.Match! : request.Match!]);
        var unique = requests.Where(request => request.Import is not null).SelectMany(request => request.Import!.UniqueKeys());
        var profiles = await ProfileBatch.LoadAsync(session, _database, matches, unique, toChange: true, cancel);
        var once = await _answers.OpenAsync(session, portions.SelectMany(portion => new[] { portion.Call, portion.Part }), cancel);

        // 2. Decide each call in order: a later one sees what an earlier one did.
        var started = new Started();
        var outcomes = portions.Select(portion => once.Run(portion, request => Decide(request, profiles, started, now))).ToArray();

        // 3. Write the sets, and with them the answers for repeats.
        await profiles.WriteAsync(session, cancel);
        await LaunchStore.InsertAsync(session, started.Launches, cancel);
        await MessageStore.EnqueueAsync(session, started.Messages, cancel);
        foreach (var task in started.Tasks) await TaskStore.InsertAsync(session, task, [], cancel);
        await _events.AppendAsync(session, started.Events, cancel);
        await once.WriteAsync(session, cancel);
        return outcomes;
    }

    private LaunchOutcome Decide(LaunchRequest request, ProfileBatch profiles, Started started, long now)
    {
        if (request.Refused is { } refused) return LaunchOutcome.Refused(refused);

        if (request.Audience is not null) return new DecideAudience(_ids, _tasks).Run(request, profiles, started, now);

        // 1. Whom is it for? An import that cannot be followed by the message is not done at all.
        var (before, refusal) = request.Import is null ? profiles.Find(request.Match!) : (null, null);
        if (refusal is not null) return LaunchOutcome.Refused(refusal);
        var profile = before;
        var created = false;
        if (request.Import is { } import)
        {
            (profile, created, refusal) = import.Decide(profiles, _ids, _database.Shards, now, after => ChooseSubscription.Run(request, after).Refusal);
            if (refusal is not null) return LaunchOutcome.Refused(refusal);
        }
        if (profile is null) return LaunchOutcome.Refused(Refusal.NotFound($"No profile of database {request.Match!.DatabaseId} matches {request.Match.Shown}"));

        // 2. Which of its subscriptions gets the message?
        var (subscription, unwilling) = ChooseSubscription.Run(request, profile);
        if (subscription is null) return LaunchOutcome.Refused(unwilling!);

        // 3. Write down the launch, its message and the import's event.
        var launch = request.Shared?.Launch ?? MakeLaunch(request, profile.Shard, _ids, now) with { Fields = LinkField.Of(request.Fields, profile) };
        started.Add(launch, request.Shared);
        started.Messages.Add(MakeMessage(request, profile, subscription, launch, _ids, now));
        if (request.Import is not null) started.Events.Add(ImportEvents.Of(profile, created, launch.Id, request.Shared is null ? [] : request.Import.Trace, now, request.Import.SkipTriggers));
        return new LaunchOutcome(profile.Id, launch.Id, null) { Shards = [profile.Shard] };
    }

    internal static Launch MakeLaunch(LaunchRequest request, short shard, Ids ids, long now) => new()
    {
        Shard = shard, Id = ids.New(shard), Kind = LaunchKind.Trigger, ObjectId = request.Trigger.Id,
        TokenName = request.TokenName, RequestId = request.RequestId, Created = now,
        TraceParent = request.Spans?.TraceParent,
        Content = request.Content, CustomData = request.CustomData, Attachments = request.Attachments,
        Trace = [.. request.Trace, .. request.Import?.Trace ?? []],
    };

    internal static Message MakeMessage(LaunchRequest request, Profile profile, Subscription subscription, Launch launch, Ids ids, long now)
    {
        var runAt = now + (long)request.Timeout.TotalMilliseconds;
        return new Message
        {
            Shard = profile.Shard, Id = ids.New(profile.Shard), LaunchId = launch.Id, ProfileId = profile.Id, DatabaseId = profile.DatabaseId,
            TriggerId = request.Trigger.Id, ResourceId = request.Trigger.Resource, Channel = subscription.Channel, Contact = subscription.Contact,
            SenderId = SenderOf(request), Priority = request.Priority, RunAt = runAt,
            ExpiresAt = ExpiresAt(request, runAt), Created = now,
        };
    }

    internal static long ExpiresAt(LaunchRequest request, long runAt) => request.Expiration?.ToUnixTimeMilliseconds() ?? runAt + (long)DefaultLife.TotalMilliseconds;

    private static int SenderOf(LaunchRequest request) => request.Resource.Channels[request.Trigger.Channel].Sender;

    /// <summary>What a batch writes.</summary>
    internal sealed record Started
    {
        public HashSet<SharedLaunch> Shared { get; } = [];
        public List<Launch> Launches { get; } = [];
        public List<Message> Messages { get; } = [];
        public List<Event> Events { get; } = [];
        public List<StoredTask> Tasks { get; } = [];

        /// <param name="shared">It is that of a call with many items: written once.</param>
        public void Add(Launch launch, SharedLaunch? shared)
        {
            if (shared is null || !shared.Stored && Shared.Add(shared)) Launches.Add(launch);
        }
    }
}
