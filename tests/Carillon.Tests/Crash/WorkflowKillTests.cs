using System.Globalization;
using Carillon.Tests.Harness;
using Xunit.Abstractions;

namespace Carillon.Tests.Crash;

/// <summary>
/// What is promised of a <c>kill -9</c> while runs are on their way: no run is lost, no step skipped or made twice, and no message sent twice but those on
/// the wire, which keep their Message-ID.
/// </summary>
/// <remarks><c>tests/crash workflows</c> makes it long: 20 kills among 10,000 runs.</remarks>
public sealed class WorkflowKillTests(ITestOutputHelper output)
{
    [Fact]
    public Task Kills_lose_no_run_skip_no_step_and_repeat_only_what_was_on_the_wire() => RunAsync(onPostgres: false);

    [PostgresFact]
    public Task Nor_do_those_of_three_nodes() => RunAsync(onPostgres: true);

    private async Task RunAsync(bool onPostgres)
    {
        var (runs, kills) = (Asked("CARILLON_KILL_RUNS", 180), Asked("CARILLON_KILL_ROUNDS", 3));
        // In the long form all are inside at most of the kills; in the short one some come with each.
        var (coming, stages, seconds) = runs > 1000 ? (kills / 4, 8, 20) : (kills, 3, 2);
        await using var run = await RunKills.StartAsync(onPostgres, stages, seconds);

        for (var kill = 0; kill < kills; kill++) await run.KillAsync(engage: kill < coming ? runs / coming : 0);
        await run.DrainAsync();

        var paths = await run.PathsAsync();
        var mails = run.Mails.GroupBy(mail => mail.Header("Subject")).ToDictionary(same => same.Key, same => same.Select(mail => mail.MessageId).ToList());
        var repeated = mails.Values.Where(ids => ids.Count > 1).ToList();
        var lost = run.Engaged.Keys.Where(id => !paths.ContainsKey(id)).ToList();
        var wrong = paths.Values.Where(path => path != run.Path).ToList();
        output.WriteLine("| store | nodes | kills | runs inside at the kills | engaged | runs | lost | steps | runs with a step skipped or made twice | mails | repeated | on the wire at the kills |");
        output.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {(onPostgres ? "PostgreSQL | 3" : "SQLite | 1")} | {run.Inside.Count} | {run.Inside.Min()} to {run.Inside.Max()} | {run.Engaged.Count} | {paths.Count} | {lost.Count} | {paths.Values.Sum(path => path.Split(' ').Length)} | {wrong.Count} | {run.Mails.Count} | {repeated.Sum(ids => ids.Count - 1)} | {run.OnWire.Count} |"));

        run.Engaged.Count.ShouldBeGreaterThanOrEqualTo(runs / coming * coming);
        lost.ShouldBeEmpty(run.Said);
        wrong.ShouldBeEmpty(run.Said);
        run.Inside[^1].ShouldBeGreaterThan(0, "nobody was inside at the last kill");
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

    private static int Asked(string name, int usual) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : usual;
}
