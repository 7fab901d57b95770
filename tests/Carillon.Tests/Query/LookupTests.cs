using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Query;
using Carillon.Storage;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Query;

/// <summary>Which filters are looked up instead of looked for, by which index, and that the others read page by page.</summary>
public sealed class LookupTests : IAsyncLifetime
{
    private readonly TestStore _store = new();
    private Database _database = null!;

    public async Task InitializeAsync() => _database = await _store.OpenAsync(new FakeClock());

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        await _store.DeleteAsync();
    }

    [Theory]
    [InlineData("""{"email":"ANN@example.com"}""", "email ann@example.com")]
    [InlineData("""{"phones":"+79000000001"}""", "phone +79000000001")]
    [InlineData("""{"_id":{"$in":["a1","b2"]}}""", " a1, b2")]
    [InlineData("""{"key":{"$in":["a","b"]},"s":{"$gt":"x"}}""", "field:key a, field:key b")]
    [InlineData("""{"group":84}""", "field:group 84")]
    [InlineData("""{"day":"2026-01-01"}""", "field:day 2026-01-01T00:00:00.000Z, field:day 2026-01-01")]
    [InlineData("""{"$or":[{"email":"a@example.com"},{"key":"k"}]}""", "email a@example.com, field:key k")]
    [InlineData("""{"subscriptions.email":"a@example.com"}""", "email a@example.com")]
    [InlineData("""{"subscriptions":{"$elemMatch":{"phone":"+79000000001","resource_id":21}}}""", "phone +79000000001")]
    [InlineData("""{"$and":[{"group":{"$in":[1,2]}},{"key":"k"}]}""", "field:key k")]
    [InlineData("""{"$or":[{"email":"a@example.com"},{"s":"x"}]}""", null)]
    [InlineData("""{"s":"x"}""", null)]
    [InlineData("""{"email":{"$ne":"a@example.com"}}""", null)]
    [InlineData("""{"key":null}""", null)]
    [InlineData("""{"key":""}""", null)]
    [InlineData("""{"key":{"$gt":"a"}}""", null)]
    public void Equality_on_what_is_looked_up_needs_no_look_at_every_profile(string filter, string? keys)
    {
        var found = ProfileQuery.Parse((JsonObject)JsonNode.Parse(filter)!, Dice.Database).Query!.Keys;

        (found is null ? null : string.Join(", ", found.GroupBy(key => key.Kind).SelectMany(kind => kind.Select(key => $"{key.Kind} {key.Value}")))).ShouldBe(keys is null ? null : keys.Replace(" a1, b2", " a1,  b2", StringComparison.Ordinal));
    }

    [Fact]
    public void Whoever_matches_stands_under_one_of_the_keys()
    {
        var (random, met) = (new Random(7), 0);
        for (var i = 0; i < 5000; i++)
        {
            var profile = new Dice(random.Next(), tame: false).Profile($"{i % 5:x24}", 0, 1);
            profile.Fields["key"] = Pick(random, "a", "b", "");
            profile.Fields["group"] = random.Next(-1, 2);
            profile.Fields["day"] = Pick(random, "2026-01-01", "2026-01-01T00:00:00.000Z", "2026-01-01T10:00:00.000Z");
            var filter = new JsonObject { ["$or"] = new JsonArray(One(random), new JsonObject { ["$and"] = new JsonArray(One(random), One(random)) }) };
            var query = ProfileQuery.Parse(filter, Dice.Database).Query!;
            if (query.Keys is null || !query.Matches(profile)) continue;
            met++;
            var stands = Contacts.Of(profile, Dice.Database).Keys.Select(key => new LookupKey(key.Kind, key.Value)).Append(new LookupKey("", profile.Id)).ToHashSet();
            query.Keys.Any(stands.Contains).ShouldBeTrue($"{filter.ToJsonString()} on {profile.ToDocument()}");
        }
        met.ShouldBeGreaterThan(500);
    }

    [Fact]
    public async Task The_lookup_and_the_pages_use_their_keys()
    {
        await StoreAsync(3000);
        var set = ProfileSearch.SelectHolders.Text.Replace("{set}", "(SELECT 0 AS shard, 1 AS db_id, 'field:key' AS kind, 'k7' AS value) AS r", StringComparison.Ordinal)
            .Replace("r.shard", "@shard", StringComparison.Ordinal);
        (await PlanAsync(set)).ShouldContain(TestStore.IsPostgres ? "contacts_pkey" : "SEARCH c USING PRIMARY KEY (shard=? AND db_id=? AND kind=? AND value=?)");

        var sql = FilterSql.Of(ProfileQuery.Parse((JsonObject)JsonNode.Parse("""{"s":"x"}""")!, Dice.Database).Query!.Filter, _database.Dialect);
        var values = sql.Values.Select(value => (value.Name, Text: $"'{value.Value}'")).Append(("after", "'00'")).Append(("end", "'01'")).Append(("db_id", "1"));
        var page = values.OrderByDescending(value => value.Item1.Length).Aggregate(ProfileSearch.Statement(sql, _database.Dialect), (text, value) => text.Replace("@" + value.Item1, value.Item2, StringComparison.Ordinal));
        (await PlanAsync(page)).ShouldContain(TestStore.IsPostgres ? "profiles_pkey" : "SEARCH p USING PRIMARY KEY (shard=? AND id>? AND id<?)");
    }

    [Fact]
    public async Task A_filter_without_a_lookup_reads_a_page_at_a_time()
    {
        const int Count = 3500;
        await StoreAsync(Count);
        var query = ProfileQuery.Parse((JsonObject)JsonNode.Parse("""{"s":"x"}""")!, Dice.Database).Query!;
        var sql = FilterSql.Of(query.Filter, _database.Dialect);
        List<string> found = [];
        long looked = 0;
        for (ProfileCursor? at = ProfileCursor.Start; at is { } from;)
        {
            var page = await _database.ReadAsync(session => ProfileSearch.ReadPageAsync(session, _database, query, sql, from, 400, CancellationToken.None), CancellationToken.None);
            page.Looked.ShouldBeLessThanOrEqualTo(400);
            looked += page.Looked;
            found.AddRange(page.Found.Select(profile => profile.Id));
            at = page.Next;
        }

        looked.ShouldBe(Count);
        found.Count.ShouldBe(Count / 2);
        found.Distinct().Count().ShouldBe(Count / 2);
        using var find = new FindProfiles(_database);
        (await find.RunAsync(query, 100, long.MaxValue, CancellationToken.None)).Complete.ShouldBeFalse();
        (await find.RunAsync(query, Count, long.MaxValue, CancellationToken.None)).Ids.Order().ShouldBe(found.Order());
    }

    private Task StoreAsync(int count)
    {
        var profiles = Enumerable.Range(0, count).Select(i => new Profile
        {
            Id = $"{i:x22}{i % _database.Shards:x2}", Shard = (short)(i % _database.Shards), DatabaseId = 1, Created = 1, Updated = 1, Subscriptions = [],
            Fields = new JsonObject { ["s"] = i % 2 == 0 ? "x" : "y", ["key"] = $"k{i}" },
        }).ToList();
        var contacts = profiles.SelectMany(profile => Contacts.Of(profile, Dice.Database).Values.Select(contact => new ContactRow(_database.ShardOfContact(contact.Key.Kind, contact.Key.Value), contact.Key, "", profile.Id, contact.Place))).ToList();
        return _database.WriteAsync(session => ProfileStore.WriteAsync(session, new ProfileChanges(profiles, [], [], contacts, []), CancellationToken.None), CancellationToken.None);
    }

    /// <summary>PostgreSQL would read a small table whole; the question is whether the index serves.</summary>
    private Task<string> PlanAsync(string sql) => _database.ReadAsync(async session =>
    {
        if (TestStore.IsPostgres) await session.ExecuteAsync("SET LOCAL enable_seqscan = off", CancellationToken.None);
        var lines = await session.QueryAsync((TestStore.IsPostgres ? "EXPLAIN " : "EXPLAIN QUERY PLAN ") + sql, row => row.GetString(TestStore.IsPostgres ? 0 : 3), CancellationToken.None, ("shard", (short)0));
        return string.Join('\n', lines);
    }, CancellationToken.None);

    private static JsonObject One(Random random) => random.Next(7) switch
    {
        0 => new JsonObject { ["email"] = Pick(random, "ann@example.com", "BOB@example.com") },
        1 => new JsonObject { ["phones"] = new JsonObject { ["$in"] = new JsonArray("+79000000001", "+79000000002") } },
        2 => new JsonObject { ["key"] = Pick(random, "a", "b", "") },
        3 => new JsonObject { ["group"] = random.Next(-1, 2) },
        4 => new JsonObject { ["day"] = Pick(random, "2026-01-01", "2026-01-01T10:00:00Z") },
        5 => new JsonObject { ["_id"] = $"{random.Next(5):x24}" },
        _ => new JsonObject { ["subscriptions.email"] = Pick(random, "ann@example.com", "bob@example.com") },
    };

    private static string Pick(Random random, params string[] from) => from[random.Next(from.Length)];
}
