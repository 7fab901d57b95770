using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>Whom a launch by <c>custom_request</c> is for.</summary>
public sealed record Audience
{
    /// <summary>Up to so many are launched to in the launch's own transaction; more are expanded in the background.</summary>
    public const int MaxAtOnce = 1000;

    /// <summary>So many profiles are looked at while the caller waits, once anybody was found.</summary>
    public const long Patience = 50_000;

    public required ProfileQuery Query { get; init; }
    /// <summary>The filter as it was given, to be read again by the expansion.</summary>
    public required JsonObject Document { get; init; }
    /// <summary>A task launches to them, however few they are.</summary>
    public bool AsTask { get; init; }
    /// <summary>Who was found before the launch's transaction: all, when there are few.</summary>
    public required FoundProfiles Found { get; init; }

    /// <summary>Those who are loaded for the launch's transaction.</summary>
    public IEnumerable<ProfileMatch> Matches => Found.Complete ? Found.Ids.Select(Match) : [];

    /// <summary>Reads the filter of a launch. To match everybody takes a condition that says so: an empty filter is a mistake more often.</summary>
    public static (ProfileQuery? Query, string Problem) Parse(JsonObject document, ProfileDatabase database)
    {
        var (query, problem) = ProfileQuery.Parse(document, database);
        return query is { Filter.TakesAll: true } ? (null, "it matches every profile of the database; if that is meant, write {\"_id\": {\"$exists\": true}}") : (query, problem);
    }

    public static string Refused(string problem) => $"Parameter 'custom_request': {problem}";

    /// <summary>Those who still match: they were found before the launch's transaction.</summary>
    public (IReadOnlyList<Profile> Profiles, Refusal? Nobody) Still(ProfileBatch profiles)
    {
        List<Profile> matching = [.. Matches.Select(match => profiles.Find(match).Profile).OfType<Profile>().Where(Query.Matches)];
        return (matching, matching.Count > 0 ? null : Refusal.NotFound($"No profile of database {Query.Database.Id} matches 'custom_request'"));
    }

    private ProfileMatch Match(string id) => new() { DatabaseId = Query.Database.Id, Mode = MatchMode.ProfileId, ProfileId = id, Shown = $"id {id}" };
}
