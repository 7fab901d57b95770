using System.Buffers;
using System.Text;

namespace Carillon.Delivery.Email;

/// <summary>Writes one attachment in base64, its name as RFC 2231 and RFC 2183 want it.</summary>
internal static class AttachmentPart
{
    public const int LongestName = 240;
    private const string AnyType = "application/octet-stream";

    /// <summary>Takes an attachment whose name is at most <see cref="LongestName"/> bytes, so its line stays under 998 when escaped.</summary>
    public static void Write(ArrayBufferWriter<byte> output, MailAttachment attachment)
    {
        output.Write("Content-Type: "u8);
        Encoding.ASCII.GetBytes(TypeOf(attachment.MediaType), output);
        output.Write("\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n "u8);
        Encoding.ASCII.GetBytes(FileName(attachment.Name), output);
        output.Write("\r\n\r\n"u8);
        Base64Lines.Write(output, attachment.Data.Span);
    }

    /// <summary>The name that is written: on one line, without folders, never empty.</summary>
    public static string Flat(string? name)
    {
        var flat = HeaderText.OnOneLine(name).Replace('/', '_').Replace('\\', '_');
        return flat.Length == 0 ? "attachment" : flat;
    }

    private static string FileName(string? name)
    {
        var flat = Flat(name);
        if (flat.Length <= 60 && HeaderText.IsPlain(flat, 60)) return $"filename={HeaderWriter.Quoted(flat)}";
        // the extended form first: a reader that knows both and stops at the first one has the right one
        return $"filename*=utf-8''{Uri.EscapeDataString(WithoutLoneSurrogates(flat))};\r\n filename={HeaderWriter.Quoted(PlainFallback(flat))}";
    }

    private static string WithoutLoneSurrogates(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static string PlainFallback(string name)
    {
        var plain = new StringBuilder(name.Length);
        foreach (var rune in name.EnumerateRunes()) plain.Append(rune.IsAscii && rune.Value != '=' ? (char)rune.Value : '_');
        return plain.ToString();
    }

    /// <summary>
    /// <c>type/subtype</c> and perhaps a charset. Composite types are refused: they may not be in base64 (RFC 2045 6.4),
    /// and a reader would open what is inside.
    /// </summary>
    private static string TypeOf(string? mediaType)
    {
        var text = mediaType ?? "";
        var semicolon = text.IndexOf(';', StringComparison.Ordinal);
        var type = semicolon < 0 ? text : text[..semicolon].TrimEnd(' ');
        if (!IsSingleType(type)) return AnyType;
        var charset = semicolon < 0 ? "" : text[(semicolon + 1)..].Trim(' ');
        const string Prefix = "charset=";
        return charset.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && charset.Length < 60
            && HeaderText.IsToken(charset.AsSpan(Prefix.Length))
            ? $"{type}; {charset}"
            : type;
    }

    private static bool IsSingleType(string type)
    {
        var slash = type.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && type.Length <= 120
            && HeaderText.IsToken(type.AsSpan(0, slash)) && HeaderText.IsToken(type.AsSpan(slash + 1))
            && !type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)
            && !type.StartsWith("message/", StringComparison.OrdinalIgnoreCase);
    }
}
