using System.Text;

namespace Carillon.Outbox.Mime;

/// <summary>One header, unfolded. Its value may still hold encoded words.</summary>
public sealed record MailHeader(string Name, string Value);

/// <summary>The headers of a mail, or of one of its parts.</summary>
public sealed class MailHeaders
{
    private const int MostHeaders = 500;
    private const int MostBytes = 256 << 10;

    private readonly List<MailHeader> _all = [];

    public IReadOnlyList<MailHeader> All => _all;

    public string? Find(string name) => _all.Find(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value;

    /// <summary>Reads up to the empty line; <paramref name="body"/> is what follows it.</summary>
    public static MailHeaders Read(ReadOnlyMemory<byte> source, out ReadOnlyMemory<byte> body)
    {
        var headers = new MailHeaders();
        var bytes = source.Span;
        var at = 0;
        var header = new StringBuilder();
        while (at < bytes.Length && at < MostBytes)
        {
            var end = bytes[at..].IndexOf((byte)'\n');
            var line = end < 0 ? bytes[at..] : bytes.Slice(at, end);
            at += line.Length + (end < 0 ? 0 : 1);
            line = line.TrimEnd((byte)'\r');
            if (line.IsEmpty) break;
            if (line[0] is not ((byte)' ' or (byte)'\t')) headers.Take(header);
            header.Append(Encoding.UTF8.GetString(line));
        }
        headers.Take(header);
        body = source[at..];
        return headers;
    }

    private void Take(StringBuilder gathered)
    {
        var text = gathered.ToString();
        gathered.Clear();
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && _all.Count < MostHeaders) _all.Add(new MailHeader(text[..colon].Trim(), text[(colon + 1)..].Trim(' ', '\t')));
    }
}
