using System.Buffers;
using System.Globalization;
using System.Text;

namespace Carillon.Profiles;

/// <summary>
/// An e-mail address as the product takes it: a dot-atom local part (RFC 5322 3.2.3, with the characters of RFC 6531)
/// and a host name. Quoted local parts, comments and address literals are refused: nobody who subscribes has one, and
/// each of them is a way to smuggle characters into a header or an SMTP command.
/// </summary>
public static class EmailAddress
{
    /// <summary>In octets of UTF-8 (RFC 5321 4.5.3.1.1).</summary>
    public const int MaxLocal = 64;
    /// <summary>In octets of UTF-8: what fits a path of 256 with its brackets (RFC 5321 4.5.3.1.3).</summary>
    public const int MaxTotal = 254;

    private static readonly SearchValues<char> NotInLocal = SearchValues.Create(
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\a\b\t\n\v\f\r\u000E\u000F\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017"
        + "\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\u007F \"(),:;<>@[\\]");
    private static readonly SearchValues<char> InHostName = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");
    private static readonly IdnMapping Idn = new();

    /// <summary>The form that contacts are compared in: the whole address in lower case, the domain in ASCII (punycode).</summary>
    public static bool TryNormalise(string? input, out string normalised) =>
        TryRead(input?.ToLowerInvariant(), out normalised);

    /// <summary>The form that goes on the wire: the local part as it was written, the domain in lower-case ASCII.</summary>
    public static bool TryRead(string? input, out string address)
    {
        address = "";
        if (input is null || input.Length > MaxTotal || !OnlyVisible(input)) return false;
        var at = input.LastIndexOf('@');
        if (at <= 0 || !IsLocal(input.AsSpan(0, at))) return false;
        if (AsciiDomain(input[(at + 1)..]) is not { } domain) return false;
        var whole = string.Concat(input.AsSpan(0, at + 1), domain);
        if (Encoding.UTF8.GetByteCount(whole) > MaxTotal) return false;
        address = whole;
        return true;
    }

    private static bool IsLocal(ReadOnlySpan<char> local) =>
        !local.ContainsAny(NotInLocal)
        && local[0] != '.' && local[^1] != '.' && local.IndexOf("..", StringComparison.Ordinal) < 0
        && Encoding.UTF8.GetByteCount(local) <= MaxLocal;

    private static string? AsciiDomain(string domain)
    {
        var ascii = domain.ToLowerInvariant();
        if (!Ascii.IsValid(ascii))
        {
            try { ascii = Idn.GetAscii(ascii).ToLowerInvariant(); }
            catch (ArgumentException) { return null; }
        }
        return IsHostName(ascii) ? ascii : null;
    }

    /// <summary>RFC 1123 2.1. The last label is never a number: that would be an address without its brackets.</summary>
    private static bool IsHostName(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > 253 || name.ContainsAnyExcept(InHostName)) return false;
        var last = name[(name.LastIndexOf('.') + 1)..];
        if (!last.ContainsAnyExceptInRange('0', '9')) return false;
        foreach (var range in name.Split('.'))
        {
            var label = name[range];
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-') return false;
        }
        return true;
    }

    /// <summary>
    /// No spaces, controls, lone surrogates, traces of a lost character (U+FFFD), or invisible characters that make two
    /// addresses look alike.
    /// </summary>
    private static bool OnlyVisible(string input)
    {
        if (Ascii.IsValid(input)) return true;
        var rest = input.AsSpan();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var length) != OperationStatus.Done) return false;
            if (Rune.IsWhiteSpace(rune) || rune == Rune.ReplacementChar || Hidden(Rune.GetUnicodeCategory(rune))) return false;
            rest = rest[length..];
        }
        return true;
    }

    private static bool Hidden(UnicodeCategory category) => category is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse;
}
