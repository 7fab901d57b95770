using Carillon.Queue;
using Carillon.Storage;
using Carillon.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Carillon.Tests.Queue;

/// <summary>Several processes on one database: who lives, and who may have how many connections.</summary>
public sealed class FleetTests : IAsyncLifetime
{
    private const int SenderId = 3;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private readonly FakeClock _clock = new();
    private readonly TestStore _store = new();
    private readonly List<Member> _members = [];
    private Database _database = null!;

    public async Task InitializeAsync() => _database = await _store.OpenAsync(_clock);

    public async Task DisposeAsync()
    {
        foreach (var member in _members) await member.Fleet.DisposeAsync();
        await _database.DisposeAsync();
        await _store.DeleteAsync();
    }

    [PostgresFact]
    public async Task A_newcomer_gets_its_share_when_the_others_have_given_it_back_and_never_is_there_more_than_the_sender_has()
    {
        var first = await JoinAsync(connections: 8);
        first.Share.ShouldBe(8);
        first.Open = 8;

        var second = await JoinAsync(connections: 8);
        second.Share.ShouldBe(0);
        await first.Fleet.BeatAsync(CancellationToken.None);
        first.Share.ShouldBe(4);
        await second.Fleet.BeatAsync(CancellationToken.None);
        second.Share.ShouldBe(0, "the first still has eight open");

        first.Open = 4;
        await first.Fleet.BeatAsync(CancellationToken.None);
        await second.Fleet.BeatAsync(CancellationToken.None);
        (first.Share, second.Share).ShouldBe((4, 4));

        await first.Fleet.BeatAsync(CancellationToken.None);
        Shards(first).Concat(Shards(second)).ShouldBe(Enumerable.Range(0, 64).Select(shard => (short)shard), ignoreOrder: true);
    }

    [PostgresFact]
    public async Task One_that_leaves_is_inherited_at_once_and_one_that_dies_after_a_lease()
    {
        var (first, second, third) = (await JoinAsync(6), await JoinAsync(6), await JoinAsync(6));
        foreach (var _ in Enumerable.Range(0, 3)) await BeatAsync(first, second, third);
        (first.Share, second.Share, third.Share).ShouldBe((2, 2, 2));

        await third.Fleet.DisposeAsync();
        await BeatAsync(first, second);
        await BeatAsync(first, second);
        (first.Share, second.Share).ShouldBe((3, 3));

        var died = false;
        first.Fleet.Died += () => died = true;
        // It gave its last sign after the first one's last look, which therefore notices it five seconds later.
        for (var looks = 0; looks < 8; looks++)
        {
            (await first.Fleet.LivingAsync(CancellationToken.None)).ShouldContain(second.Fleet.Owner);
            _clock.Advance(first.Fleet.Interval);
            await BeatAsync(first);
        }
        (await first.Fleet.LivingAsync(CancellationToken.None)).ShouldBe([first.Fleet.Owner]);
        died.ShouldBeTrue();
        first.Share.ShouldBe(6);
    }

    [PostgresFact]
    public async Task One_that_gave_no_sign_for_a_lease_does_not_trust_its_claims_and_comes_back_under_a_new_name()
    {
        var (first, paused) = (await JoinAsync(2), await JoinAsync(2));
        var before = paused.Fleet.Owner;
        paused.Fleet.IsOurs(before).ShouldBeTrue();

        for (var looks = 0; looks < 8; looks++)
        {
            _clock.Advance(first.Fleet.Interval);
            await BeatAsync(first);
            // It stops before the others begin.
            if (!(await first.Fleet.LivingAsync(CancellationToken.None)).Contains(before)) paused.Fleet.IsOurs(before).ShouldBeFalse();
        }
        (await first.Fleet.LivingAsync(CancellationToken.None)).ShouldNotContain(before);
        paused.Fleet.IsOurs(before).ShouldBeFalse();

        await BeatAsync(paused);
        paused.Fleet.Owner.ShouldNotBe(before);
        paused.Fleet.IsOurs(before).ShouldBeFalse();
        paused.Fleet.IsOurs(paused.Fleet.Owner).ShouldBeTrue();
    }

    [PostgresFact]
    public async Task Many_processes_may_make_the_schema_at_the_same_moment()
    {
        var store = new TestStore();
        await using (var empty = await store.OpenAsync(_clock))
        {
            foreach (var statement in new[] { "DROP SCHEMA public CASCADE", "CREATE SCHEMA public" })
                await empty.WriteAsync(session => session.ExecuteAsync(statement, CancellationToken.None), CancellationToken.None);
        }
        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.OpenAsync(_clock)));

        opened.ShouldAllBe(database => database.Shards == 64);
        foreach (var database in opened) await database.DisposeAsync();
        await store.DeleteAsync();
    }

    private static IReadOnlyList<short> Shards(Member member) => member.Fleet.ShardsOf(SenderId)!;

    private static async Task BeatAsync(params Member[] members)
    {
        foreach (var member in members)
        {
            await member.Fleet.BeatAsync(CancellationToken.None);
            member.Open = member.Share;
        }
    }

    /// <summary>Without its timer: each sign is the test's.</summary>
    private async Task<Member> JoinAsync(int connections)
    {
        var fleet = new Fleet(_database, new FleetSettings { Lease = Lease.TotalSeconds }, works: true, new Ids(_clock), _clock, NullLogger<Fleet>.Instance);
        var member = new Member(fleet, connections);
        fleet.Demand = () => [new SenderDemand(SenderId, connections, member.Open)];
        _members.Add(member);
        await fleet.BeatAsync(CancellationToken.None);
        return member;
    }

    private sealed class Member(Fleet fleet, int connections)
    {
        public Fleet Fleet => fleet;
        public int Open { get; set; }
        public int Share => fleet.ShareOf(SenderId, connections);
    }
}
