using Carillon.History;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;
using Carillon.Triggers;

namespace Carillon.Workflows;

/// <summary>Engages profiles in workflows, a batch of calls per transaction; a single call is a batch of one.</summary>
/// <remarks>
/// <code>
///   load whom the calls may touch --> find or import each, in order --> who is inside? --> start each --> write the sets --> (commit)
/// </code>
/// </remarks>
public sealed class LaunchWorkflows : IAsyncDisposable
{
    private readonly Database _database;
    private readonly AnswerStore _answers;
    private readonly EventStore _events;
    private readonly Ids _ids;
    private readonly Telemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly Batcher<WorkflowRequest, WorkflowOutcome> _batcher;

    public LaunchWorkflows(Database database, AnswerStore answers, EventStore events, Ids ids, RunSignal signal, Telemetry telemetry, TimeProvider time)
    {
        (_database, _answers, _events, _ids, _telemetry, _time) = (database, answers, events, ids, telemetry, time);
        _batcher = new Batcher<WorkflowRequest, WorkflowOutcome>(database, RunAsync, committed: (_, outcomes) =>
        {
            foreach (var outcome in outcomes)
            {
                if (outcome.LaunchId is { } launch) signal.Wake(database.ShardOfId(launch));
            }
        });
    }

    /// <summary>Returns when the run is on disk, or refused.</summary>
    public async Task<WorkflowOutcome> RunAsync(WorkflowRequest request, CancellationToken cancel)
    {
        var (attachments, refusal) = await UploadedAttachments.ResolveAsync(_database, request.Attachments, _time, cancel);
        if (refusal is not null) return WorkflowOutcome.Refused(refusal);
        var outcome = await _batcher.RunAsync(request with { Attachments = attachments }, cancel);
        if (outcome.ProfileId is null) return outcome;
        _telemetry.Launches.Add(1);
        if (request.Import is { UnknownFields: > 0 } import) _telemetry.UnknownFields.Add(import.UnknownFields);
        return outcome;
    }

    public ValueTask DisposeAsync() => _batcher.DisposeAsync();

    private async Task<WorkflowOutcome[]> RunAsync(Session session, IReadOnlyList<WorkflowRequest> requests, CancellationToken cancel)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();

        // 1. Load what was answered before, and whom the calls may touch; hold them.
        var once = await _answers.OpenAsync(session, requests.Select(request => request.Once), cancel);
        var matches = requests.Select(request => request.Import?.Match ?? request.Match!);
        var unique = requests.Where(request => request.Import is not null).SelectMany(request => request.Import!.UniqueKeys());
        var profiles = await ProfileBatch.LoadAsync(session, _database, matches, unique, toChange: true, cancel);

        // 2. Find or import each, in order: a later one sees what an earlier one did. Of twins in a batch the second is a repeat.
        List<Event> imported = [];
        HashSet<RepeatKey> seen = [];
        var found = requests.Select(request => once.IsRepeat(request.Once) || request.Once is { } key && !seen.Add(key.Key) ? Found.Before : Find(request, profiles, imported, now)).ToList();

        // 3. Start each. Who is inside is asked under the lock on the profiles.
        var starts = new Starts(_ids, now);
        await starts.LoadAsync(session, requests.Zip(found).Where(pair => pair.Second.Profile is not null).Select(pair => (pair.First.Workflow, pair.Second.Profile!)), cancel);
        var outcomes = requests.Zip(found, (request, who) => Decide(request, who, once, starts, now)).ToArray();

        // 4. Write the sets, and with them the answers for repeats.
        await profiles.WriteAsync(session, cancel);
        await _events.AppendAsync(session, imported, cancel);
        await starts.WriteAsync(session, _events, cancel);
        await once.WriteAsync(session, cancel);
        return outcomes;
    }

    private WorkflowOutcome Decide(WorkflowRequest request, Found who, OnceBatch once, Starts starts, long now)
    {
        if (who == Found.Before) return once.IsRepeat(request.Once) ? WorkflowOutcome.Repeated : throw new RaceException();
        if (who.Profile is not { } profile) return WorkflowOutcome.Refused(who.Refusal!);
        var outcome = Start(request, profile, starts, now);
        once.Keep(request.Once, outcome.LaunchId, request.Import is null ? ("data", null) : ("profile_id", outcome.ProfileId));
        return outcome;
    }

    private Found Find(WorkflowRequest request, ProfileBatch profiles, List<Event> imported, long now)
    {
        if (request.Import is { } import)
        {
            var (profile, created, refusal) = import.Decide(profiles, _ids, _database.Shards, now);
            if (profile is not null) imported.Add(ImportEvents.Of(profile, created, "", import.Trace, now, import.SkipTriggers));
            return new Found(profile, refusal);
        }
        var (known, several) = profiles.Find(request.Match!);
        return known is null ? new Found(null, several ?? Refusal.NotFound($"No profile of database {request.Match!.DatabaseId} matches {request.Match.Shown}")) : new Found(known, null);
    }

    private WorkflowOutcome Start(WorkflowRequest request, Profile profile, Starts starts, long now)
    {
        var launch = new Launch
        {
            Shard = profile.Shard, Id = _ids.New(profile.Shard), Kind = LaunchKind.Workflow, ObjectId = request.Workflow.Id,
            TokenName = request.TokenName, RequestId = request.RequestId, Created = now,
            Content = request.Content, CustomData = request.CustomData, Attachments = request.Attachments, Trace = request.Import?.Trace ?? [],
        };
        var outcome = starts.Start(new StartOrder
        {
            Workflow = request.Workflow, Profile = profile, Entry = request.Entry, Version = request.Version, Launch = launch, Filter = request.Filter, Why = $"a call with the token {request.TokenName}",
        });
        return new WorkflowOutcome(profile.Id, outcome.RunId is null ? null : launch.Id, null);
    }

    /// <summary>Whom a call is for, or why nobody.</summary>
    private sealed record Found(Profile? Profile, Refusal? Refusal)
    {
        /// <summary>It was carried out before.</summary>
        public static readonly Found Before = new(null, null);
    }
}
