using System.Buffers;

namespace Carillon.Delivery.Email;

/// <summary>RFC 2045 6.7.</summary>
internal static class QuotedPrintable
{
    private const int WidestLine = 76;
    private const int Block = 1024;

    public static int CountEscapes(ReadOnlySpan<byte> body)
    {
        var count = 0;
        foreach (var b in body)
            if (MustEscape(b)) count++;
        return count;
    }

    /// <summary>Takes a body whose line breaks are CRLF; those stay line breaks, everything else survives byte for byte.</summary>
    public static void Write(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> body)
    {
        var column = 0;
        for (var at = 0; at < body.Length;)
        {
            var end = Math.Min(at + Block, body.Length);
            // a byte takes three at most, and a soft break of three comes at most every 73
            var span = output.GetSpan((end - at) * 4 + 4);
            var written = 0;
            for (; at < end; at++)
            {
                if (body[at] == '\r' && at + 1 < body.Length && body[at + 1] == '\n')
                {
                    span[written++] = (byte)'\r';
                    span[written++] = (byte)'\n';
                    column = 0;
                    at++;
                    continue;
                }
                var escape = MustEscape(body[at]) || (IsBlank(body[at]) && EndsLine(body, at + 1));
                var width = escape ? 3 : 1;
                if (column + width > WidestLine - (EndsLine(body, at + 1) ? 0 : 1))
                {
                    "=\r\n"u8.CopyTo(span[written..]);
                    written += 3;
                    column = 0;
                }
                if (escape) Escape(body[at], span[written..]);
                else span[written] = body[at];
                written += width;
                column += width;
            }
            output.Advance(written);
        }
    }

    private static void Escape(byte b, Span<byte> to)
    {
        to[0] = (byte)'=';
        to[1] = "0123456789ABCDEF"u8[b >> 4];
        to[2] = "0123456789ABCDEF"u8[b & 15];
    }

    private static bool EndsLine(ReadOnlySpan<byte> body, int at) => at >= body.Length || body[at] == '\r';

    private static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t';

    private static bool MustEscape(byte b) => b is (byte)'=' or > 126 || (b < 32 && b is not ((byte)'\t' or (byte)'\r' or (byte)'\n'));
}
