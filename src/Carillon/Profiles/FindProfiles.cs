using Carillon.Query;
using Carillon.Storage;

namespace Carillon.Profiles;

/// <summary>Finds profiles by a filter: looks them up where the filter allows it, and looks at every profile where it does not.</summary>
public sealed class FindProfiles(Database database) : IDisposable
{
    private const int LoadAtOnce = 500;

    /// <summary>A search reads long; the other readers are for those who deliver.</summary>
    private readonly SemaphoreSlim _searches = new(2);

    /// <summary>The ids of those who match, unless there are more than <paramref name="most"/>, or someone was found and <paramref name="patience"/> rows were looked at.</summary>
    public async Task<FoundProfiles> RunAsync(ProfileQuery query, int most, long patience, CancellationToken cancel)
    {
        await _searches.WaitAsync(cancel);
        try
        {
            return query.Keys is null ? await LookAtAllAsync(query, most, patience, cancel) : await LookUpAsync(query, most, cancel);
        }
        finally
        {
            _searches.Release();
        }
    }

    public void Dispose() => _searches.Dispose();

    private async Task<FoundProfiles> LookAtAllAsync(ProfileQuery query, int most, long patience, CancellationToken cancel)
    {
        var sql = FilterSql.Of(query.Filter, database.Dialect);
        List<string> found = [];
        long looked = 0;
        for (ProfileCursor? at = ProfileCursor.Start; at is { } from;)
        {
            var page = await database.ReadAsync(session => ProfileSearch.ReadPageAsync(session, database, query, sql, from, ProfileSearch.PageSize, cancel), cancel);
            found.AddRange(page.Found.Select(profile => profile.Id));
            looked += page.Looked;
            if (found.Count > most || found.Count > 0 && looked > patience) return FoundProfiles.TooMany;
            at = page.Next;
        }
        return new FoundProfiles(found, Complete: true);
    }

    private async Task<FoundProfiles> LookUpAsync(ProfileQuery query, int most, CancellationToken cancel)
    {
        HashSet<string> found = [];
        await foreach (var candidates in ProfileSearch.LookUpAsync(database, query, cancel))
        {
            foreach (var ids in candidates.Distinct().Where(id => !found.Contains(id)).Chunk(LoadAtOnce))
            {
                var profiles = await database.ReadAsync(session => ProfileStore.LoadAsync(session, database, ids, toChange: false, cancel), cancel);
                foreach (var profile in profiles.Where(query.Matches)) found.Add(profile.Id);
                if (found.Count > most) return FoundProfiles.TooMany;
            }
        }
        return new FoundProfiles([.. found], Complete: true);
    }
}

/// <param name="Complete">Nobody else matches. Otherwise there are more than was asked for, and the ids are left out.</param>
public sealed record FoundProfiles(IReadOnlyList<string> Ids, bool Complete)
{
    public static readonly FoundProfiles TooMany = new([], Complete: false);
}
