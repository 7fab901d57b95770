using System.Buffers;
using System.Text;

namespace Carillon.Delivery.Email;

/// <summary>What a text may look like inside a header.</summary>
internal static class HeaderText
{
    private static readonly SearchValues<char> Breaking = SearchValues.Create(
        string.Concat(Enumerable.Range(0, 0xA0).Where(c => c is < 0x20 or > 0x7E).Select(c => (char)c)) + "\u2028\u2029");
    private static readonly SearchValues<char> Token = SearchValues.Create(
        "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>
    /// The text without anything that could end a line (CR, LF, NUL, all other controls, the Unicode line separators): each
    /// run of them becomes one space. Spaces at both ends go.
    /// </summary>
    public static string OnOneLine(string? text)
    {
        if (text is null) return "";
        var at = text.AsSpan().IndexOfAny(Breaking);
        if (at < 0) return text.Trim(' ');
        var clean = new StringBuilder(text.Length);
        var rest = text.AsSpan();
        for (; at >= 0; at = rest.IndexOfAny(Breaking))
        {
            clean.Append(rest[..at]).Append(' ');
            rest = rest[at..];
            var next = rest.IndexOfAnyExcept(Breaking);
            rest = next < 0 ? [] : rest[next..];
        }
        return clean.Append(rest).ToString().Trim(' ');
    }

    /// <summary>
    /// Whether a text that is on one line can stand as it is, to be folded at its spaces. <c>=?...?=</c> cannot: a reader
    /// would decode it, perhaps to a line break.
    /// </summary>
    public static bool IsPlain(string text, int longestWord) =>
        Ascii.IsValid(text)
        && !text.Contains("  ", StringComparison.Ordinal)
        && !text.Contains("=?", StringComparison.Ordinal)
        && LongestWord(text) <= longestWord;

    public static int LongestWord(ReadOnlySpan<char> text)
    {
        var longest = 0;
        for (var at = text.IndexOf(' '); at >= 0; at = text.IndexOf(' '))
        {
            longest = Math.Max(longest, at);
            text = text[(at + 1)..];
        }
        return Math.Max(longest, text.Length);
    }

    /// <summary>A token of RFC 2045 5.1; header names keep to it too.</summary>
    public static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(Token);
}
