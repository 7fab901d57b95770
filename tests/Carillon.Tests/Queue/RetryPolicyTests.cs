using Carillon.Queue;

namespace Carillon.Tests.Queue;

public sealed class RetryPolicyTests
{
    [Theory]
    [InlineData(1, 15)]
    [InlineData(2, 30)]
    [InlineData(3, 60)]
    [InlineData(8, 1920)]
    [InlineData(9, 3600)]
    [InlineData(1000, 3600)]
    public void Waits_twice_as_long_each_time_up_to_an_hour(int attempt, int seconds) =>
        RetryPolicy.Delay(attempt, dice: 0.5).TotalSeconds.ShouldBe(seconds, 0.001);

    [Fact]
    public void The_dice_move_it_by_a_fifth_at_most()
    {
        RetryPolicy.Delay(1, 0).TotalSeconds.ShouldBe(12, 0.001);
        RetryPolicy.Delay(1, 0.999999).TotalSeconds.ShouldBe(18, 0.001);
    }
}
