using System.Text;
using System.Text.RegularExpressions;

namespace Carillon.Outbox.Mime;

/// <summary>Reads <c>=?charset?B?...?=</c> in headers (RFC 2047).</summary>
internal static partial class EncodedWords
{
    public static string Decode(string text)
    {
        if (!text.Contains("=?", StringComparison.Ordinal)) return text;
        var decoded = new StringBuilder(text.Length);
        List<byte> bytes = [];
        string? charset = null;
        var end = 0;

        // Bytes are gathered over neighbours, because some writers cut a character in two.
        void Flush()
        {
            if (charset is not null) decoded.Append(Charsets.Of(charset).GetString([.. bytes]));
            bytes.Clear();
            charset = null;
        }

        foreach (Match word in Word().Matches(text))
        {
            var between = text.AsSpan(end, word.Index - end);
            var next = word.Groups[1].Value;
            var continues = charset is not null && between.IsWhiteSpace();
            if (!continues || !next.Equals(charset, StringComparison.OrdinalIgnoreCase)) Flush();
            if (!continues) decoded.Append(between);
            charset = next;
            bytes.AddRange(Bytes(word.Groups[2].ValueSpan[0], word.Groups[3].Value));
            end = word.Index + word.Length;
        }
        Flush();
        return decoded.Append(text.AsSpan(end)).ToString();
    }

    private static byte[] Bytes(char encoding, string text) => encoding is 'B' or 'b'
        ? TransferEncoding.Base64(Encoding.ASCII.GetBytes(text))
        : TransferEncoding.QuotedPrintable(Encoding.ASCII.GetBytes(text.Replace('_', ' ')));

    [GeneratedRegex(@"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,40})?\?([BbQq])\?([^?\s]{0,1000})\?=", RegexOptions.NonBacktracking)]
    private static partial Regex Word();
}
