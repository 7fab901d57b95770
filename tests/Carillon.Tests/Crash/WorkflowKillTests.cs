using System.Globalization;
using Carillon.Tests.Harness;
using Xunit.Abstractions;

namespace Carillon.Tests.Crash;

/// <summary>
/// What is promised of a <c>kill -9</c> while runs are on their way: no run is lost, no step skipped or made twice, and no message sent twice but those on
/// the wire, which keep their Message-ID.
/// </summary>
/// <remarks><c>tests/crash workflows</c> makes it long: 20 kills, with 10,000 runs inside at each of them.</remarks>
public sealed class WorkflowKillTests(ITestOutputHelper output)
{
    private const int ComingWithKill = 20;
    private const int SecondsOfKill = 12;

    [Fact]
    public Task Kills_lose_no_run_skip_no_step_and_repeat_only_what_was_on_the_wire() => RunAsync(onPostgres: false);

    [PostgresFact]
    public Task Nor_do_those_of_three_nodes() => RunAsync(onPostgres: true);

    private async Task RunAsync(bool onPostgres)
    {
        var (gathered, kills) = (Asked.Number("CARILLON_KILL_RUNS") ?? 120, Asked.Rounds(3));
        // In the long form nobody ends before the last kill, as long as a kill and the start after it take no longer than that.
        var isLong = kills > 3;
        var (stages, seconds) = isLong ? (8, (int)Math.Ceiling(kills * SecondsOfKill / 8.0)) : (3, 2);
        await using var run = await RunKills.StartAsync(onPostgres, stages, seconds);

        var inside = await run.GatherAsync(gathered);
        for (var kill = 0; kill < kills; kill++) await run.KillAsync(ComingWithKill);
        await run.DrainAsync();

        var paths = await run.PathsAsync();
        var mails = run.Mails.GroupBy(mail => mail.Header("Subject")).ToDictionary(same => same.Key, same => same.Select(mail => mail.MessageId).ToList());
        var repeated = mails.Values.Where(ids => ids.Count > 1).ToList();
        var lost = run.Engaged.Keys.Where(id => !paths.ContainsKey(id)).ToList();
        // Who waited at the gate has one step more.
        var wrong = paths.Values.Where(path => path.Replace(" gate gate:next", " gate:next", StringComparison.Ordinal) != run.Path).ToList();
        output.WriteLine("| store | nodes | kills | inside before the first kill | inside at each kill | steps from the first kill to the last | engaged | runs | lost | steps | runs with a step skipped or made twice | mails | repeated | on the wire at the kills |");
        output.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {(onPostgres ? "PostgreSQL | 3" : "SQLite | 1")} | {run.Inside.Count} | {inside} | {run.Inside.Min()} to {run.Inside.Max()} | {run.Steps[^1] - run.Steps[0]} | {run.Engaged.Count} | {paths.Count} | {lost.Count} | {paths.Values.Sum(path => path.Split(' ').Length)} | {wrong.Count} | {run.Mails.Count} | {repeated.Sum(ids => ids.Count - 1)} | {run.OnWire.Count} |"));

        inside.ShouldBeGreaterThanOrEqualTo(isLong ? gathered : 1, "so many were inside before the first kill");
        run.Engaged.Count.ShouldBeGreaterThanOrEqualTo(gathered + kills * ComingWithKill);
        lost.ShouldBeEmpty(run.Said);
        wrong.ShouldBeEmpty(run.Said);
        run.Inside.Min().ShouldBeGreaterThanOrEqualTo(isLong ? gathered : 1, "so many were inside at every kill");
        foreach (var email in run.Engaged.Values)
        {
            mails.ShouldContainKey($"one {email}");
            mails.ShouldContainKey($"two {email}");
        }
        foreach (var ids in repeated)
        {
            ids.Distinct().Count().ShouldBe(1, "a repeated mail has the Message-ID of the first");
            run.OnWire.ShouldContain(KillRun.IdOf(ids[0]), $"it was not on the wire at a kill\n{run.Said}");
        }
    }
}
