using System.Text.Json.Nodes;
using Carillon.Profiles;

namespace Carillon.Tests.Query;

/// <summary>
/// Memory decides as an independent implementation does. Where mingo 7.2.7 differs from MongoDB, whose way <see cref="FilterTests"/>
/// holds, the dice leave it out or tell it to mingo in other words: null on a dotted path through an array; <c>$gte</c> and <c>$lte</c> with
/// null; arrays inside arrays, also with objects between; paths with places in arrays; the order of an object's members; <c>$mod</c> of what is no
/// number; <c>$all</c> on a single value; <c>$type</c> of elements, and <c>double</c>; an array, <c>$size</c> or <c>$elemMatch</c> on values at a dotted
/// path (mingo makes an array of what it finds on the way); <c>$elemMatch</c> with fields where an element is no object.
/// </summary>
public sealed class MingoTests
{
    private const int Rounds = 20;
    private const int Documents = 40;
    private const int Filters = 50;

    [Fact]
    public async Task Random_filters_find_what_an_independent_implementation_finds()
    {
        var rounds = Enumerable.Range(1, Rounds).Select(Round).ToList();
        var answers = await Mingo.MatchAsync(rounds.Select(round => round.Wire));
        answers.Count.ShouldBe(Rounds * Filters);

        List<string> differences = [];
        var (compared, found) = (0, 0);
        foreach (var (round, lines) in rounds.Zip(answers.Chunk(Filters)))
        {
            foreach (var (filter, line) in round.Filters.Zip(lines))
            {
                var (query, problem) = ProfileQuery.Parse(filter, Dice.Database);
                query.ShouldNotBeNull($"seed {round.Seed}: {filter.ToJsonString()}: {problem}");
                for (var i = 0; i < Documents; i++)
                {
                    var ours = query.Matches(round.Profiles[i]);
                    if (line[0] == 'e' || ours != (line[i] == '1')) differences.Add($"seed {round.Seed}, we say {ours}, mingo {line}: filter {filter.ToJsonString()}, document {round.Wire["documents"]![i]!.ToJsonString()}");
                    compared++;
                    if (ours) found++;
                }
            }
        }
        string.Join("\n\n", differences.OrderBy(shown => shown.Length).Take(20)).ShouldBeEmpty();
        compared.ShouldBe(Rounds * Documents * Filters);
        // Neither nothing nor everything: the dice meet.
        found.ShouldBeInRange(compared / 10, compared * 9 / 10);
    }

    private static Made Round(int seed)
    {
        var dice = new Dice(seed, tame: true);
        var profiles = Enumerable.Range(0, Documents).Select(i => dice.Profile($"{i:x24}", 0, 1)).ToList();
        var filters = Enumerable.Range(0, Filters).Select(_ => dice.Filter()).ToList();
        var wire = new JsonObject
        {
            ["documents"] = new JsonArray([.. profiles.Select(profile => (JsonNode)Document(profile))]),
            ["filters"] = new JsonArray([.. filters.Select(filter => filter.Theirs)]),
        };
        return new Made(seed, profiles, filters.ConvertAll(filter => filter.Ours), wire);
    }

    /// <summary>The profile as a document of MongoDB.</summary>
    private static JsonObject Document(Profile profile)
    {
        var document = (JsonObject)profile.Fields.DeepClone();
        document["_id"] = profile.Id;
        document["_status"] ??= 0;
        document["subscriptions"] = new JsonArray([.. profile.Subscriptions.Select(subscription => (JsonNode)subscription.ToJson())]);
        if (document["d"] is { } date) document["d"] = new JsonObject { ["$date"] = date.DeepClone() };
        return document;
    }

    private sealed record Made(int Seed, List<Profile> Profiles, List<JsonObject> Filters, JsonObject Wire);
}
