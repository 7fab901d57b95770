using System.Globalization;

namespace Carillon.Outbox.Mime;

/// <summary>Undoes the encodings of RFC 2045 6. What is wrong is passed over, so there is always an answer.</summary>
internal static class TransferEncoding
{
    public static byte[] Decode(string? name, ReadOnlySpan<byte> body) => Word(name) switch
    {
        "base64" => Base64(body),
        "quoted-printable" => QuotedPrintable(body),
        _ => body.ToArray(),
    };

    /// <summary>How many bytes <see cref="Decode"/> would give.</summary>
    public static int DecodedLength(string? name, ReadOnlySpan<byte> body)
    {
        if (Word(name) != "base64") return Decode(name, body).Length;
        var letters = 0L;
        foreach (var letter in body)
        {
            if (letter == '=') break;
            if (ValueOf(letter) >= 0) letters++;
        }
        return (int)(letters * 3 / 4);
    }

    public static byte[] Base64(ReadOnlySpan<byte> body)
    {
        var decoded = new byte[DecodedLength("base64", body)];
        int bits = 0, count = 0, written = 0;
        foreach (var letter in body)
        {
            if (letter == '=') break;
            var value = ValueOf(letter);
            if (value < 0) continue;
            (bits, count) = (bits << 6 | value, count + 6);
            if (count < 8) continue;
            count -= 8;
            decoded[written++] = (byte)(bits >> count);
        }
        return decoded;
    }

    public static byte[] QuotedPrintable(ReadOnlySpan<byte> body)
    {
        var decoded = new byte[body.Length];
        var written = 0;
        for (var at = 0; at < body.Length; at++)
        {
            var rest = body[at..];
            if (rest[0] != '=') decoded[written++] = rest[0];
            else if (rest.StartsWith("=\r\n"u8)) at += 2;
            else if (rest.StartsWith("=\n"u8)) at += 1;
            else if (rest.Length >= 3 && byte.TryParse(rest[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var escaped))
            {
                decoded[written++] = escaped;
                at += 2;
            }
            else decoded[written++] = rest[0];
        }
        return decoded[..written];
    }

    private static string? Word(string? name) => name?.Trim().ToLowerInvariant();

    private static int ValueOf(byte letter) => letter switch
    {
        >= (byte)'A' and <= (byte)'Z' => letter - 'A',
        >= (byte)'a' and <= (byte)'z' => letter - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => letter - '0' + 52,
        (byte)'+' => 62,
        (byte)'/' => 63,
        _ => -1,
    };
}
