namespace Carillon.Outbox.Mime;

/// <summary>A part of a mail that holds no further parts. It is decoded only when it is asked for.</summary>
public sealed class MailPart
{
    /// <summary>The longest text that is shown, in bytes; the source has the rest.</summary>
    private const int LongestText = 8 << 20;

    private readonly ReadOnlyMemory<byte> _body;
    private readonly HeaderParameters _type;
    private readonly HeaderParameters _disposition;
    private readonly string? _encoding;

    internal MailPart(MailHeaders headers, ReadOnlyMemory<byte> body)
    {
        _body = body;
        _type = new HeaderParameters(headers.Find("Content-Type") ?? "text/plain");
        _disposition = new HeaderParameters(headers.Find("Content-Disposition"));
        _encoding = headers.Find("Content-Transfer-Encoding");
    }

    public string MediaType => _type.Value;
    public string? FileName => _disposition.Find("filename") ?? _type.Find("name");
    public int Size => TransferEncoding.DecodedLength(_encoding, _body.Span);
    internal bool IsAttached => _disposition.Value == "attachment" || FileName is not null;

    public byte[] ReadBytes() => TransferEncoding.Decode(_encoding, _body.Span);

    /// <param name="most">How many bytes of the encoded text to look at.</param>
    public string ReadText(int most = LongestText)
    {
        var bytes = TransferEncoding.Decode(_encoding, _body.Span[..Math.Min(_body.Length, most)]);
        return Charsets.Of(_type.Find("charset")).GetString(bytes);
    }
}
