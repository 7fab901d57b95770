using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Query;
using Carillon.Storage;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Query;

/// <summary>What a database finds holds all that memory finds, and nothing else where the statement says that it is exact.</summary>
public sealed class SqlTests : IAsyncLifetime
{
    private const int Rounds = 15;
    private const int Documents = 60;
    private const int Filters = 60;

    private readonly TestStore _store = new();
    private Database _database = null!;

    public async Task InitializeAsync() => _database = await _store.OpenAsync(new FakeClock());

    public async Task DisposeAsync()
    {
        await _database.DisposeAsync();
        await _store.DeleteAsync();
    }

    [Fact]
    public async Task Random_filters_find_in_the_database_what_they_find_in_memory()
    {
        List<string> differences = [];
        var (compared, exact, found) = (0, 0, 0);
        for (var seed = 1; seed <= Rounds; seed++)
        {
            var dice = new Dice(seed, tame: false);
            var profiles = Enumerable.Range(0, Documents).Select(i => dice.Profile($"{seed:x4}{i:x20}", 0, seed)).ToList();
            await StoreAsync(profiles);
            for (var i = 0; i < Filters; i++)
            {
                var (filter, _) = dice.Filter();
                var (query, problem) = ProfileQuery.Parse(filter, Dice.Database with { Id = seed });
                query.ShouldNotBeNull($"seed {seed}: {filter.ToJsonString()}: {problem}");
                var sql = FilterSql.Of(query.Filter, _database.Dialect);
                var candidates = await FindAsync(seed, sql);
                foreach (var profile in profiles)
                {
                    var matches = query.Matches(profile);
                    var shown = $"seed {seed}, in memory {matches}, filter {filter.ToJsonString()}, document {profile.ToDocument()}, condition {sql.Condition}";
                    if (matches ? !candidates.Contains(profile.Id) : sql.Exact && candidates.Contains(profile.Id)) differences.Add(shown);
                    found += matches ? 1 : 0;
                }
                compared++;
                exact += sql.Exact ? 1 : 0;
            }
        }
        string.Join("\n\n", differences.OrderBy(shown => shown.Length).Take(10)).ShouldBeEmpty();
        found.ShouldBeInRange(compared * Documents / 10, compared * Documents * 9 / 10);
        exact.ShouldBeGreaterThan(compared / 3);
    }

    private Task StoreAsync(IReadOnlyList<Profile> profiles) => _database.WriteAsync(
        session => ProfileStore.WriteAsync(session, new ProfileChanges(profiles, [], [], [], []), CancellationToken.None), CancellationToken.None);

    private Task<List<string>> FindAsync(int databaseId, FilterSql sql) => _database.ReadAsync(session => session.QueryAsync(
        ProfileSearch.Statement(sql, _database.Dialect), row => row.GetString(0), CancellationToken.None,
        [("shard", (short)0), ("after", ""), ("end", "z"), ("db_id", databaseId), .. sql.Values]), CancellationToken.None);
}
