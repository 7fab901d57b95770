using Carillon.Tests.Harness;
using Xunit.Abstractions;

namespace Carillon.Tests.Crash;

/// <summary>
/// What is promised of a <c>kill -9</c>: nothing acknowledged is lost, and only what was on the wire may be sent again,
/// under the same Message-ID.
/// </summary>
/// <remarks>
/// The environment makes the run as long as wanted:
/// <code>CARILLON_KILL_ROUNDS=2000 dotnet test tests/Carillon.Tests --filter FullyQualifiedName~Crash --logger "console;verbosity=detailed"</code>
/// </remarks>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Seed = 20260222;

    [Fact]
    public async Task Kills_under_load_lose_nothing_acknowledged_and_repeat_only_what_was_on_the_wire()
    {
        await using var run = new KillRun(Shop.Repeats, Seed);
        await run.KillAsync(Asked.Rounds(24));
        await run.DrainAsync();

        var delivered = run.Delivered.GroupBy(mail => mail.Header("Subject")).ToDictionary(mails => mails.Key, mails => mails.Select(mail => mail.MessageId).ToList());
        var lost = run.Acknowledged.Keys.Where(address => !delivered.ContainsKey(address)).ToList();
        var repeated = delivered.Values.Where(ids => ids.Count > 1).ToList();
        output.WriteLine(run.Table(("delivered", delivered.Count), ("lost", lost.Count), ("repeated", repeated.Sum(ids => ids.Count - 1))));

        run.Acknowledged.ShouldNotBeEmpty();
        lost.ShouldBeEmpty();
        foreach (var ids in repeated)
        {
            ids.Distinct().Count().ShouldBe(1, "a repeated mail has the Message-ID of the first");
            ids.Count.ShouldBeLessThanOrEqualTo(1 + run.Deaths.Count(death => death.OnWire.Contains(KillRun.IdOf(ids[0]))), "a mail is repeated at most once per kill that found it on the wire");
        }
        foreach (var death in run.Deaths) death.Claimed.Count.ShouldBeLessThanOrEqualTo(KillRun.Window);
    }

    [Fact]
    public async Task Kills_under_load_repeat_nothing_that_asked_to_be_held_and_show_it_as_unknown()
    {
        await using var run = new KillRun(Shop.Holds, Seed + 1);
        await run.KillAsync(Math.Max(8, Asked.Rounds(24) / 3));
        await run.DrainAsync();

        var delivered = run.Delivered.Select(mail => mail.Header("Subject")).ToList();
        var unknown = await run.UnknownAsync();
        var lost = run.Acknowledged.Keys.Except(delivered).Except(unknown.Values).ToList();
        output.WriteLine(run.Table(("delivered", delivered.Count), ("lost", lost.Count), ("unknown", unknown.Count), ("of them delivered", unknown.Values.Intersect(delivered).Count())));

        run.Acknowledged.ShouldNotBeEmpty();
        lost.ShouldBeEmpty();
        delivered.Count.ShouldBe(delivered.Distinct().Count(), "nothing is delivered twice");
        // A process that is killed before it has rescued leaves what it found.
        unknown.Keys.ShouldBe(run.Deaths.SelectMany(death => death.Claimed.Where(claimed => claimed.Value).Select(claimed => claimed.Key)).Distinct(), ignoreOrder: true);
        foreach (var death in run.Deaths) death.OnWire.ShouldBeSubsetOf(unknown.Keys.ToList());
    }
}
