using Carillon.Storage;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Storage;

public sealed class IdsTests
{
    [Fact]
    public void An_id_is_24_hex_digits_and_ends_with_its_shard()
    {
        var id = new Ids(new FakeClock()).New(shard: 37);
        id.ShouldMatch("^[0-9a-f]{24}$");
        Ids.ShardOf(id, shards: 64).ShouldBe((short)37);
    }

    [Fact]
    public void Ids_of_a_process_grow_with_time_and_never_repeat()
    {
        var clock = new FakeClock();
        var ids = new Ids(clock);
        List<string> made = [];
        for (var i = 0; i < 1000; i++)
        {
            made.Add(ids.New(0));
            if (i % 10 == 0) clock.Advance(TimeSpan.FromSeconds(1));
        }
        made.ShouldBe(made.Order(StringComparer.Ordinal));
        made.Distinct().Count().ShouldBe(1000);
    }

    [Fact]
    public void Ids_do_not_go_back_when_the_clock_does()
    {
        var clock = new FakeClock();
        var ids = new Ids(clock);
        var before = ids.New(0);
        clock.Advance(TimeSpan.FromHours(-1));
        string.CompareOrdinal(ids.New(0), before).ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("abcdefghijklmnqrstuvwxyz")]
    [InlineData("x")]
    [InlineData("")]
    public void An_id_that_we_did_not_make_is_looked_for_somewhere(string id) => ((int)Ids.ShardOf(id, 64)).ShouldBe(0);
}
