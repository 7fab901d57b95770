using Carillon.History;
using Carillon.Repeats;
using Carillon.Storage;

namespace Carillon.Profiles;

/// <summary>Imports profiles, a batch of calls per transaction.</summary>
public sealed class ImportProfiles : IAsyncDisposable
{
    private readonly Database _database;
    private readonly AnswerStore _answers;
    private readonly EventStore _events;
    private readonly Ids _ids;
    private readonly Telemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly Batcher<ImportProfile, (string? ProfileId, Refusal? Refusal)> _batcher;

    public ImportProfiles(Database database, AnswerStore answers, EventStore events, Ids ids, Telemetry telemetry, TimeProvider time)
    {
        (_database, _answers, _events, _ids, _telemetry, _time) = (database, answers, events, ids, telemetry, time);
        _batcher = new(database, RunAsync);
    }

    /// <summary>Returns the profile's id when the import is on disk, or why nothing was imported; neither for a repeat, whose
    /// <see cref="ImportProfile.Once"/> holds the answer.</summary>
    public async Task<(string? ProfileId, Refusal? Refusal)> RunAsync(ImportProfile import, CancellationToken cancel)
    {
        var outcome = await _batcher.RunAsync(import, cancel);
        if (outcome.ProfileId is not null && import.UnknownFields > 0) _telemetry.UnknownFields.Add(import.UnknownFields);
        return outcome;
    }

    public ValueTask DisposeAsync() => _batcher.DisposeAsync();

    private async Task<(string?, Refusal?)[]> RunAsync(Session session, IReadOnlyList<ImportProfile> imports, CancellationToken cancel)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var once = await _answers.OpenAsync(session, imports.Select(import => import.Once), cancel);
        var profiles = await ProfileBatch.LoadAsync(session, _database, imports.Select(import => import.Match), imports.SelectMany(import => import.UniqueKeys()), toChange: true, cancel);
        List<Event> events = [];
        var outcomes = imports.Select(import =>
        {
            if (once.IsRepeat(import.Once)) return (null, null);
            var (profile, created, refusal) = import.Decide(profiles, _ids, _database.Shards, now);
            if (profile is null) return (null, refusal);
            events.Add(ImportEvents.Of(profile, created, "", import.Trace, now));
            once.Keep(import.Once, null, ("profile_id", profile.Id));
            return ((string?)profile.Id, (Refusal?)null);
        }).ToArray();
        await profiles.WriteAsync(session, cancel);
        await _events.AppendAsync(session, events, cancel);
        await once.WriteAsync(session, cancel);
        return outcomes;
    }
}
