using Carillon.Queue;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Queue;

/// <summary>Who is dead, by one's own stopwatch alone.</summary>
public sealed class LifeSignsTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private readonly FakeClock _clock = new();
    private readonly LifeSigns _signs;

    public LifeSignsTests() => _signs = new LifeSigns(Lease, _clock);

    [Fact]
    public void Whose_count_stands_still_for_a_lease_is_dead()
    {
        for (var looks = 0; looks < 7; looks++) Dead(looks * 5, ("still", 7), ("lively", looks)).ShouldBeEmpty();
        Dead(31, ("still", 7), ("lively", 7)).ShouldBe(["still"]);
    }

    [Fact]
    public void Whoever_was_not_watched_for_a_while_is_watched_anew()
    {
        Dead(0, ("other", 7)).ShouldBeEmpty();
        // We were paused, or the database was away; so may the other have been.
        Dead(100, ("other", 7)).ShouldBeEmpty();
        for (var at = 105; at <= 130; at += 5) Dead(at, ("other", 7)).ShouldBeEmpty();
        Dead(131, ("other", 7)).ShouldBe(["other"]);
    }

    [Fact]
    public void A_sign_brings_back_the_whole_lease()
    {
        for (var at = 0; at <= 25; at += 5) Dead(at, ("other", 7)).ShouldBeEmpty();
        for (var at = 30; at <= 60; at += 5) Dead(at, ("other", 8)).ShouldBeEmpty();
        Dead(61, ("other", 8)).ShouldBe(["other"]);
    }

    private IEnumerable<string> Dead(int second, params (string Id, int Beat)[] nodes)
    {
        _clock.Advance(TimeSpan.FromSeconds(second) - (_clock.GetUtcNow() - new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        return _signs.Look([.. nodes.Select(node => new FleetNode(node.Id, true, node.Beat))]).Select(node => node.Id);
    }
}
