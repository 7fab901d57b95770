using System.Globalization;
using Carillon.Tests.Harness;
using Xunit.Abstractions;

namespace Carillon.Tests.Crash;

/// <summary>
/// The promises, with several processes: nothing acknowledged is lost, nothing of which the caller was told that it was not stored is
/// delivered, nothing is launched twice, and only what was on the wire at a fault is sent again, under its first Message-ID; what asks
/// to be held is never sent again, and shown as unknown.
/// </summary>
/// <remarks><c>tests/crash ROUNDS</c> makes it as long as wanted.</remarks>
public sealed class MatrixTests(ITestOutputHelper output)
{
    private const int Seed = 20261121;

    private static int Rounds { get; } = Asked.Number("CARILLON_CRASH_ROUNDS") ?? 1;

    [PostgresFact]
    public async Task Whatever_dies_nothing_is_lost_and_only_what_was_on_the_wire_repeats()
    {
        await using var run = await MatrixRun.StartAsync(Seed);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var fault in new[] { Fault.KillNode, Fault.KillPostgres, Fault.PauseNode, Fault.KillSink }) await run.SufferAsync(fault);
        }
        await run.DrainAsync();
        await CheckAsync(run);
    }

    [PostgresFact]
    public async Task A_rolling_restart_under_load_loses_nothing_and_repeats_nothing()
    {
        await using var run = await MatrixRun.StartAsync(Seed + 1);
        for (var restart = 0; restart < 3 * Rounds; restart++) await run.SufferAsync(Fault.Roll);
        await run.DrainAsync();
        await CheckAsync(run);
    }

    private async Task CheckAsync(MatrixRun run)
    {
        var delivered = run.Delivered.GroupBy(mail => mail.Header("Subject")).ToDictionary(mails => mails.Key, mails => mails.Select(mail => mail.MessageId).ToList());
        var unknown = await run.UnknownAsync();
        var lost = run.Load.Acknowledged.Where(address => !delivered.ContainsKey(address) && !unknown.Contains(address)).ToList();
        var repeated = delivered.Values.Where(ids => ids.Count > 1).ToList();
        output.WriteLine("| faults | launches asked | acknowledged | outcome unknown, asked again | told that nothing was stored | delivered | lost | repeated | on the wire at faults | held as unknown |");
        output.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {run.Faults.Count} ({string.Join(", ", run.Faults.GroupBy(fault => fault.Fault).Select(same => $"{same.Key} {same.Count()}"))}) | {run.Load.Asked} | {run.Load.Acknowledged.Count} | {run.Load.Unknown} | {run.Load.Refused.Count} | {delivered.Count} | {lost.Count} | {repeated.Sum(ids => ids.Count - 1)} | {run.Faults.Sum(fault => fault.OnWire.Count)} | {unknown.Count} |"));

        run.Load.Acknowledged.ShouldNotBeEmpty();
        lost.ShouldBeEmpty(run.Said);
        run.Load.Refused.Where(delivered.ContainsKey).ShouldBeEmpty("the caller was told that nothing was stored");
        run.Load.Surprises.ShouldBeEmpty();
        // What a paused node had open stays open while the others have its share; till then all of them keep the sender's limit together.
        run.Faults.TakeWhile(fault => fault.Fault != Fault.PauseNode).ShouldAllBe(fault => fault.MostConnections > 0 && fault.MostConnections <= MatrixRun.Connections);
        unknown.ShouldAllBe(address => address[0] == MatrixRun.Held);
        repeated.ShouldAllBe(ids => run.Delivered.First(mail => mail.MessageId == ids[0]).Header("Subject")[0] != MatrixRun.Held, "what asks to be held goes once");
        foreach (var ids in repeated)
        {
            ids.Distinct().Count().ShouldBe(1, "two messages for one Request-ID");
            ids.Count.ShouldBeLessThanOrEqualTo(1 + run.Faults.Count(fault => fault.OnWire.Contains(KillRun.IdOf(ids[0]))), $"{ids[0]} was sent more often than it was on the wire at a fault\n{run.Said}");
        }
    }
}
