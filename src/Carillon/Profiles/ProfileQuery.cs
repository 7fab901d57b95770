using System.Text.Json.Nodes;
using Carillon.Query;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>A filter over the profiles of a database.</summary>
public sealed record ProfileQuery
{
    public required ProfileDatabase Database { get; init; }
    public required Filter Filter { get; init; }
    /// <summary>Where its profiles can be looked up; null where all must be looked at.</summary>
    public IReadOnlyCollection<LookupKey>? Keys { get; init; }

    /// <summary>Reads a filter document, or says in a sentence why it is refused.</summary>
    public static (ProfileQuery? Query, string Problem) Parse(JsonObject document, ProfileDatabase database)
    {
        var (filter, problem) = FilterParser.Parse(document, ProfileFields.Of(database));
        return filter is null ? (null, problem) : (new ProfileQuery { Database = database, Filter = filter, Keys = LookupKeys.Of(filter) }, "");
    }

    /// <summary>The exact decision; statements may find more.</summary>
    public bool Matches(Profile profile) => profile.DatabaseId == Database.Id && Filter.Matches(ProfileFields.LookupOf(profile));
}
