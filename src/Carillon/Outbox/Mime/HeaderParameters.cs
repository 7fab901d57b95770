using System.Text;

namespace Carillon.Outbox.Mime;

/// <summary>A header such as <c>attachment; filename*=utf-8''%E6%97%A5.txt</c> (RFC 2045 5.1, RFC 2231).</summary>
internal sealed class HeaderParameters
{
    private const int MostParameters = 100;

    private readonly Dictionary<string, string> _parameters = new(StringComparer.OrdinalIgnoreCase);

    public HeaderParameters(string? header)
    {
        var pieces = Split(header ?? "");
        Value = pieces[0].Trim().ToLowerInvariant();
        foreach (var piece in pieces.Skip(1))
        {
            var equals = piece.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) _parameters.TryAdd(piece[..equals].Trim(), Unquoted(piece[(equals + 1)..].Trim()));
        }
    }

    /// <summary>What stands before the first semicolon, in lower case.</summary>
    public string Value { get; }

    public string? Find(string name)
    {
        if (_parameters.TryGetValue(name + "*", out var extended)) return Extended([(extended, true)]);
        var pieces = Continued(name).ToList();
        if (pieces.Count > 0) return Extended(pieces);
        return _parameters.TryGetValue(name, out var plain) ? EncodedWords.Decode(plain) : null;
    }

    /// <summary><c>name*0</c>, <c>name*1*</c>... in order; those with a star at the end are escaped.</summary>
    private IEnumerable<(string Text, bool Escaped)> Continued(string name)
    {
        for (var i = 0; i < MostParameters; i++)
        {
            if (_parameters.TryGetValue($"{name}*{i}*", out var escaped)) yield return (escaped, true);
            else if (_parameters.TryGetValue($"{name}*{i}", out var plain)) yield return (plain, false);
            else yield break;
        }
    }

    private static string Extended(List<(string Text, bool Escaped)> pieces)
    {
        string? charset = null;
        List<byte> bytes = [];
        foreach (var (text, escaped) in pieces)
        {
            var rest = text;
            if (escaped && charset is null && text.Split('\'', 3) is [var named, _, var value]) (charset, rest) = (named, value);
            bytes.AddRange(escaped ? Unescaped(rest) : Encoding.UTF8.GetBytes(rest));
        }
        return Charsets.Of(charset).GetString([.. bytes]);
    }

    /// <summary>Percent escapes are those of quoted-printable with another sign.</summary>
    private static byte[] Unescaped(string text) =>
        TransferEncoding.QuotedPrintable(Encoding.UTF8.GetBytes(text.Replace("=", "=3D", StringComparison.Ordinal).Replace('%', '=')));

    /// <summary>At semicolons outside of quotes.</summary>
    private static List<string> Split(string header)
    {
        List<string> pieces = [];
        var (quoted, start) = (false, 0);
        for (var at = 0; at < header.Length && pieces.Count < MostParameters; at++)
        {
            if (header[at] == '\\') at++;
            else if (header[at] == '"') quoted = !quoted;
            else if (header[at] == ';' && !quoted)
            {
                pieces.Add(header[start..at]);
                start = at + 1;
            }
        }
        pieces.Add(header[start..]);
        return pieces;
    }

    /// <summary>RFC 5322 3.2.4, the other way.</summary>
    public static string Unquoted(string text)
    {
        if (text is not ['"', .., '"']) return text;
        var plain = new StringBuilder(text.Length);
        for (var at = 1; at < text.Length - 1; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length - 1) at++;
            plain.Append(text[at]);
        }
        return plain.ToString();
    }
}
