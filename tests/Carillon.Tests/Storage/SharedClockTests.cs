using Carillon.Storage;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Storage;

public sealed class SharedClockTests
{
    private static readonly DateTimeOffset Server = new(2030, 5, 6, 7, 8, 9, TimeSpan.Zero);

    [Fact]
    public void It_goes_by_the_servers_clock_and_not_by_the_machines_however_that_is_set()
    {
        var machine = new SkewedClock { By = TimeSpan.FromHours(3) };
        var clock = new SharedClock(machine);
        clock.Set(Server, machine.GetTimestamp());

        machine.By = TimeSpan.FromDays(-400);

        clock.GetUtcNow().ShouldBe(Server, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Between_two_looks_it_runs_on_with_the_stopwatch()
    {
        var machine = new FakeClock();
        var clock = new SharedClock(machine);
        var asked = machine.GetTimestamp();
        machine.Advance(TimeSpan.FromSeconds(2));
        clock.Set(Server, asked);
        machine.Advance(TimeSpan.FromSeconds(10));

        // The answer was on its way for half of the two seconds.
        clock.GetUtcNow().ShouldBe(Server.AddSeconds(11));
    }
}
