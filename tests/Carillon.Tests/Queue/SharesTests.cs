using Carillon.Queue;

namespace Carillon.Tests.Queue;

public sealed class SharesTests
{
    [Fact]
    public void All_connections_are_dealt_and_evenly()
    {
        for (var connections = 0; connections <= 20; connections++)
        {
            for (var processes = 1; processes <= 9; processes++)
            {
                var shares = Enumerable.Range(0, processes).Select(place => Shares.Connections(connections, processes, place, senderId: 7)).ToList();
                shares.Sum().ShouldBe(connections);
                (shares.Max() - shares.Min()).ShouldBeLessThanOrEqualTo(1);
            }
        }
    }

    [Fact]
    public void Senders_with_one_connection_are_spread_over_the_processes() =>
        Enumerable.Range(1, 3).Select(sender => Enumerable.Range(0, 3).Single(place => Shares.Connections(1, 3, place, sender) == 1)).Distinct().Count().ShouldBe(3);

    [Fact]
    public void Every_shard_is_looked_after_by_one()
    {
        foreach (var holders in new[] { 1, 3, 64, 100 })
            Enumerable.Range(0, holders).SelectMany(place => Shares.Shards(64, holders, place)).ShouldBe(Enumerable.Range(0, 64).Select(shard => (short)shard), ignoreOrder: true);
    }
}
