using System.Buffers;
using System.Text;

namespace Carillon.Delivery.Email;

/// <summary>
/// Writes one text body with the lightest encoding that is safe: 7bit when it is plain ASCII in lines of at most 998
/// (RFC 5322 2.1.1), quoted-printable when few bytes need escaping, base64 otherwise. Every kind of line break becomes CRLF.
/// </summary>
internal static class TextPart
{
    private const int LongestLine = 998;
    private static readonly SearchValues<byte> Plain =
        SearchValues.Create([.. "\t\r\n"u8, .. Enumerable.Range(0x20, 0x5F).Select(c => (byte)c)]);

    /// <summary>Writes the part's headers, the empty line and the body, without a line break at its end.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="type">A line such as <c>text/plain; charset=utf-8</c>.</param>
    /// <param name="text">The body.</param>
    /// <param name="boundary">
    /// What all boundaries of this mail begin with. It has <c>=_</c> in it, which no encoded body can have (RFC 2045 6.7,
    /// rule 5), so a body that contains it is simply not left as it is.
    /// </param>
    public static void Write(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> type, string text, ReadOnlySpan<byte> boundary)
    {
        // a line break of one character becomes two bytes, and three bytes are reserved for each character
        var rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        ReadOnlySpan<byte> body = rented.AsSpan(0, ToUtf8Lines(text, rented, out var longestLine));
        output.Write("Content-Type: "u8);
        output.Write(type);
        output.Write("\r\nContent-Transfer-Encoding: "u8);
        if (!body.ContainsAnyExcept(Plain) && longestLine <= LongestLine && body.IndexOf(boundary) < 0)
        {
            output.Write("7bit\r\n\r\n"u8);
            output.Write(body);
        }
        else if (QuotedPrintable.CountEscapes(body) <= body.Length / 6) // about where base64 becomes the shorter one
        {
            output.Write("quoted-printable\r\n\r\n"u8);
            QuotedPrintable.Write(output, body);
        }
        else
        {
            output.Write("base64\r\n\r\n"u8);
            Base64Lines.Write(output, body);
        }
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static int ToUtf8Lines(ReadOnlySpan<char> text, Span<byte> utf8, out int longestLine)
    {
        var written = 0;
        longestLine = 0;
        for (var at = text.IndexOfAny('\r', '\n'); at >= 0; at = text.IndexOfAny('\r', '\n'))
        {
            var line = Encoding.UTF8.GetBytes(text[..at], utf8[written..]);
            longestLine = Math.Max(longestLine, line);
            written += line;
            utf8[written++] = (byte)'\r';
            utf8[written++] = (byte)'\n';
            text = text[(text[at..].StartsWith("\r\n") ? at + 2 : at + 1)..];
        }
        var last = Encoding.UTF8.GetBytes(text, utf8[written..]);
        longestLine = Math.Max(longestLine, last);
        return written + last;
    }
}
