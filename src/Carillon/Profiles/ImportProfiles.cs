using Carillon.History;
using Carillon.Storage;

namespace Carillon.Profiles;

/// <summary>Imports profiles, a batch of calls per transaction.</summary>
public sealed class ImportProfiles : IAsyncDisposable
{
    private readonly Database _database;
    private readonly EventStore _events;
    private readonly Ids _ids;
    private readonly Telemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly Batcher<ImportProfile, (string? ProfileId, Refusal? Refusal)> _batcher;

    public ImportProfiles(Database database, EventStore events, Ids ids, Telemetry telemetry, TimeProvider time)
    {
        (_database, _events, _ids, _telemetry, _time) = (database, events, ids, telemetry, time);
        _batcher = new(database, RunAsync);
    }

    /// <summary>Returns the profile's id when the import is on disk, or why nothing was imported.</summary>
    public async Task<(string? ProfileId, Refusal? Refusal)> RunAsync(ImportProfile import, CancellationToken cancel)
    {
        var outcome = await _batcher.RunAsync(import, cancel);
        if (outcome.Refusal is null && import.UnknownFields > 0) _telemetry.UnknownFields.Add(import.UnknownFields);
        return outcome;
    }

    public ValueTask DisposeAsync() => _batcher.DisposeAsync();

    private async Task<(string?, Refusal?)[]> RunAsync(Session session, IReadOnlyList<ImportProfile> imports, CancellationToken cancel)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var profiles = await ProfileBatch.LoadAsync(session, _database, imports.Select(import => import.Match), imports.SelectMany(import => import.UniqueKeys()), toChange: true, cancel);
        List<Event> events = [];
        var outcomes = imports.Select(import =>
        {
            var (profile, created, refusal) = import.Decide(profiles, _ids, _database.Shards, now);
            if (profile is not null) events.Add(ImportEvents.Of(profile, created, "", import.Trace, now));
            return (profile?.Id, refusal);
        }).ToArray();
        await profiles.WriteAsync(session, cancel);
        await _events.AppendAsync(session, events, cancel);
        return outcomes;
    }
}
