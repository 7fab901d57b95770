using Carillon.Profiles;

namespace Carillon.Tests.Profiles;

public sealed class PhoneNumberTests
{
    [Theory]
    [InlineData("+79123456789", "+79123456789")]
    [InlineData("79123456789", "+79123456789")]
    [InlineData("+7 (912) 345-67-89", "+79123456789")]
    [InlineData("(+7) 912.345.67.89", "+79123456789")]
    [InlineData("0079123456789", "+79123456789")]
    [InlineData("00 44 20 7946 0958", "+442079460958")]
    [InlineData("89123456789", "+89123456789")]
    [InlineData("8 (912) 345-67-89", "+89123456789")]
    [InlineData("12345", "+12345")]
    [InlineData("123456789012345", "+123456789012345")]
    [InlineData("00123456789012345", "+123456789012345")]
    public void A_number_becomes_plus_and_digits(string written, string normalised)
    {
        PhoneNumber.TryNormalise(written, out var number).ShouldBeTrue();
        number.ShouldBe(normalised);
        PhoneNumber.TryNormalise(number, out var again).ShouldBeTrue();
        again.ShouldBe(number);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("1234")]
    [InlineData("001234")]
    [InlineData("1234567890123456")]
    [InlineData("+7912345678901234567890")]
    [InlineData("7+9123456789")]
    [InlineData("++79123456789")]
    [InlineData("+7912345abc")]
    [InlineData("٠١٢٣٤٥٦")]
    [InlineData("+79123456789\r\n")]
    [InlineData("+7912345\06789")]
    [InlineData("+7/912/3456789")]
    public void Anything_else_is_refused(string? written)
    {
        PhoneNumber.TryNormalise(written, out var number).ShouldBeFalse();
        number.ShouldBe("");
    }
}
