using Carillon.Repeats;

namespace Carillon.Tests.Repeats;

public sealed class RepeatKeyTests
{
    [Fact]
    public void What_stands_in_one_text_cannot_stand_in_the_next()
    {
        RepeatKey.Of("id", "ab", "c"u8).ShouldNotBe(RepeatKey.Of("id", "a", "bc"u8));
        RepeatKey.Of("ida", "b", "c"u8).ShouldNotBe(RepeatKey.Of("id", "ab", "c"u8));
        RepeatKey.Of("id", "ab", "c"u8).ShouldBe(RepeatKey.Of("id", "ab", "c"u8));
    }

    [Fact]
    public void A_key_is_read_as_it_was_written()
    {
        var key = RepeatKey.Of("id", new string('x', 5000), "y"u8);
        RepeatKey.Read(key.ToBytes()).ShouldBe(key);
        key.ToBytes().Length.ShouldBe(RepeatKey.Length);
    }

    [Fact]
    public void The_parts_of_a_call_are_known_apart_and_again()
    {
        var call = new Once(RepeatKey.Of("id", "token", "one"u8), [1], TimeSpan.FromDays(1));
        Enumerable.Range(0, 1000).Select(number => call.Part(number).Key).Append(call.Key).Distinct().Count().ShouldBe(1001);
        call.Part(7).Key.ShouldBe(call.Part(7).Key);
        call.Part(7).Checksum.ShouldBe(call.Checksum);
    }

    [Fact]
    public void Memory_is_bounded_and_lets_go_of_what_expired()
    {
        var keys = Enumerable.Range(0, 100).Select(number => RepeatKey.Of("id", $"{number}", [])).ToList();
        var recent = new RecentKeys(50);
        keys.Count(key => recent.TryAdd(key, expires: 1000, now: 0)).ShouldBe(50);
        recent.Find(keys[0]).ShouldBe(1000);
        recent.Find(keys[99]).ShouldBeNull();
        recent.TryAdd(keys[0], expires: 2000, now: 500).ShouldBeFalse();
        recent.TryAdd(keys[0], expires: 2000, now: 1000).ShouldBeTrue();
        recent.Clean(1000);
        recent.Count.ShouldBe(1);
    }
}
