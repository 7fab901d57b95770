using Carillon.History;
using Carillon.Repeats;
using Carillon.Storage;

namespace Carillon.Profiles;

/// <summary>What an import came to: an id, or why nothing was imported. A repeat has neither: its <see cref="ImportProfile.Once"/> holds the answer.</summary>
public sealed record ImportOutcome(string? ProfileId, Refusal? Refusal)
{
    public static ImportOutcome Refused(Refusal refusal) => new(null, refusal);
}

/// <summary>Imports profiles, a batch of calls per transaction.</summary>
public sealed class ImportProfiles : IAsyncDisposable
{
    private static readonly ImportOutcome Repeated = new(null, null);

    private readonly Database _database;
    private readonly AnswerStore _answers;
    private readonly EventStore _events;
    private readonly Ids _ids;
    private readonly Telemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly Batcher<Portion<ImportProfile, ImportOutcome>, ImportOutcome[]?> _batcher;
    private readonly Portions<ImportProfile, ImportOutcome> _portions;

    public ImportProfiles(Database database, AnswerStore answers, EventStore events, Ids ids, Telemetry telemetry, TimeProvider time)
    {
        (_database, _answers, _events, _ids, _telemetry, _time) = (database, answers, events, ids, telemetry, time);
        _batcher = new(database, RunAsync, committed: Count, weigh: portion => portion.Items.Count);
        _portions = new(database, answers, _batcher);
    }

    /// <summary>Returns the profile's id when the import is on disk, or why nothing was imported.</summary>
    public async Task<ImportOutcome> RunAsync(ImportProfile import, CancellationToken cancel)
    {
        var portion = new Portion<ImportProfile, ImportOutcome>([import]) { Call = import.Once, Keep = Answer };
        return await _batcher.RunAsync(portion, cancel) is { } outcomes ? outcomes[0] : Repeated;
    }

    /// <summary>Imports many, each as if it came alone; null for a repeat.</summary>
    public Task<IReadOnlyList<ImportOutcome>?> RunAsync(ManyItems<ImportProfile, ImportOutcome> call, CancellationToken cancel) => _portions.RunAsync(call, cancel);

    public ValueTask DisposeAsync() => _batcher.DisposeAsync();

    private static Kept? Answer(ImportOutcome[] outcomes) => outcomes[0].ProfileId is { } id ? new Kept(null, ("profile_id", id)) : null;

    private async Task<ImportOutcome[]?[]> RunAsync(Session session, IReadOnlyList<Portion<ImportProfile, ImportOutcome>> portions, CancellationToken cancel)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var imports = portions.SelectMany(portion => portion.Items).Where(import => import.Refused is null).ToList();
        var profiles = await ProfileBatch.AskAsync(session, _database, imports.Select(import => import.Match).OfType<ProfileMatch>(), imports.SelectMany(import => import.UniqueKeys()), toChange: true, cancel);
        // A twin in another transaction holds the same contacts, and is seen once it let them go.
        var answers = _answers.Ask(session, portions.SelectMany(portion => new[] { portion.Call, portion.Part }), cancel);
        await profiles.LoadAsync(session, cancel);
        var once = await answers.OpenAsync(cancel);
        List<Event> events = [];
        var outcomes = portions.Select(portion => once.Run(portion, import => Decide(import, profiles, events, now))).ToArray();
        await profiles.WriteAsync(session, cancel);
        await _events.AppendAsync(session, events, cancel);
        await once.WriteAsync(session, cancel);
        return outcomes;
    }

    private ImportOutcome Decide(ImportProfile import, ProfileBatch profiles, List<Event> events, long now)
    {
        if (import.Refused is { } refused) return ImportOutcome.Refused(refused);
        var (profile, created, refusal) = import.Decide(profiles, _ids, _database.Shards, now);
        if (profile is null) return ImportOutcome.Refused(refusal!);
        events.Add(ImportEvents.Of(profile, created, "", import.Trace, now, import.SkipTriggers));
        return new ImportOutcome(profile.Id, null);
    }

    private void Count(IReadOnlyList<Portion<ImportProfile, ImportOutcome>> portions, ImportOutcome[]?[] outcomes)
    {
        foreach (var (portion, told) in portions.Zip(outcomes))
        {
            if (told is null) continue;
            foreach (var (import, outcome) in portion.Items.Zip(told))
            {
                if (outcome.ProfileId is not null && import.UnknownFields > 0) _telemetry.UnknownFields.Add(import.UnknownFields);
            }
        }
    }
}
