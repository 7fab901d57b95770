using System.Globalization;
using Carillon.Storage;

namespace Carillon.Tests.Storage;

/// <summary>The expected values are the author's published ones and those of the reference implementation (<c>xxhsum -H64</c>).</summary>
public sealed class XxHash64Tests
{
    [Theory]
    [InlineData("", "ef46db3751d8e999")]
    [InlineData("a", "d24ec4f1a98c6e5b")]
    [InlineData("abc", "44bc2cf5ad770999")]
    [InlineData("Nobody inspects the spammish repetition", "fbcea83c8a378bf1")]
    public void Hashes_as_published(string text, string hash) => XxHash64.Of(text).ToString("x16", CultureInfo.InvariantCulture).ShouldBe(hash);

    [Fact]
    public void Every_length_goes_through_the_same_bytes_whether_text_or_not()
    {
        for (var length = 0; length < 2000; length += 7)
        {
            var text = new string('x', length);
            XxHash64.Of(text).ShouldBe(XxHash64.Of(System.Text.Encoding.UTF8.GetBytes(text)));
        }
    }
}
