using System.Text;

namespace Carillon.Outbox.Mime;

/// <summary>What a person sees of a mail.</summary>
public sealed record ReadMail
{
    public required MailHeaders Headers { get; init; }
    /// <summary>The first HTML part that is not attached.</summary>
    public MailPart? Html { get; init; }
    /// <summary>The first plain text part that is not attached.</summary>
    public MailPart? Text { get; init; }
    /// <summary>All other parts.</summary>
    public required IReadOnlyList<MailPart> Attachments { get; init; }
}

/// <summary>
/// Reads the mails that <see cref="Delivery.Email.MailBuilder"/> writes. Any other bytes are read as far as they make sense:
/// it never throws, and looks at a bounded number of parts.
/// </summary>
public static class MailReader
{
    private const int MostParts = 500;
    private const int Deepest = 10;

    public static ReadMail Read(ReadOnlyMemory<byte> source)
    {
        var headers = MailHeaders.Read(source, out var body);
        List<MailPart> parts = [];
        Gather(headers, body, parts, depth: 0);
        var html = parts.Find(part => part.MediaType == "text/html" && !part.IsAttached);
        var text = parts.Find(part => part.MediaType == "text/plain" && !part.IsAttached);
        return new ReadMail { Headers = headers, Html = html, Text = text, Attachments = [.. parts.Where(part => part != html && part != text)] };
    }

    /// <summary>The sender or the recipient that a header names: <c>"Shop" &lt;shop@example.com&gt;</c>.</summary>
    public static (string Name, string Address) Mailbox(string? header)
    {
        var text = header ?? "";
        // Before anything is decoded: a name may hold any character, an address holds no "<".
        var open = text.LastIndexOf('<');
        if (open < 0) return ("", text.Trim());
        var name = EncodedWords.Decode(HeaderParameters.Unquoted(text[..open].Trim()));
        return (name.Trim(), text[(open + 1)..].TrimEnd(' ', '\t', '>'));
    }

    /// <summary>A header's value as a person reads it.</summary>
    public static string Decoded(string? value) => EncodedWords.Decode(value ?? "");

    private static void Gather(MailHeaders headers, ReadOnlyMemory<byte> body, List<MailPart> parts, int depth)
    {
        var type = new HeaderParameters(headers.Find("Content-Type"));
        if (type.Value.StartsWith("multipart/", StringComparison.Ordinal) && depth < Deepest && type.Find("boundary") is { Length: > 0 } boundary)
        {
            foreach (var inner in Split(body, Encoding.UTF8.GetBytes("--" + boundary), MostParts - parts.Count))
                Gather(MailHeaders.Read(inner, out var content), content, parts, depth + 1);
        }
        else if (parts.Count < MostParts) parts.Add(new MailPart(headers, body));
    }

    /// <summary>What stands between the delimiter lines (RFC 2046 5.1). The line break before such a line belongs to it.</summary>
    private static List<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> body, byte[] delimiter, int most)
    {
        List<ReadOnlyMemory<byte>> parts = [];
        var start = -1;
        for (var at = NextLine(body.Span, delimiter, 0); at >= 0 && parts.Count < most; at = NextLine(body.Span, delimiter, at + delimiter.Length))
        {
            if (start >= 0) parts.Add(WithoutLineBreak(body[start..Math.Max(start, at)]));
            var rest = body.Span[(at + delimiter.Length)..];
            var lineEnd = rest.IndexOf((byte)'\n');
            if (rest.StartsWith("--"u8) || lineEnd < 0) return parts;
            start = at + delimiter.Length + lineEnd + 1;
        }
        // Never closed: the last part goes to the end.
        if (start >= 0 && parts.Count < most) parts.Add(body[start..]);
        return parts;
    }

    private static int NextLine(ReadOnlySpan<byte> body, byte[] delimiter, int from)
    {
        for (var at = from; at < body.Length; at += delimiter.Length)
        {
            var found = body[at..].IndexOf(delimiter);
            if (found < 0) return -1;
            at += found;
            var rest = body[(at + delimiter.Length)..];
            var ends = rest.IsEmpty || rest[0] is (byte)'\r' or (byte)'\n' or (byte)' ' or (byte)'\t' || rest.StartsWith("--"u8);
            if (ends && (at == 0 || body[at - 1] == '\n')) return at;
        }
        return -1;
    }

    private static ReadOnlyMemory<byte> WithoutLineBreak(ReadOnlyMemory<byte> part) => part.Span switch
    {
        [.., (byte)'\r', (byte)'\n'] => part[..^2],
        [.., (byte)'\n'] => part[..^1],
        _ => part,
    };
}
