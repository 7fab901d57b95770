using System.Buffers;

namespace Carillon.Delivery.Email;

/// <summary>The content of a mail as it goes after DATA (RFC 5321 4.5.2).</summary>
internal static class SmtpData
{
    /// <summary>
    /// Whether every CR is followed by LF and every LF preceded by CR. Servers disagree on what a bare one means, and
    /// where they disagree, one mail can be read as two ("SMTP smuggling").
    /// </summary>
    public static bool HasOnlyWholeLineBreaks(ReadOnlySpan<byte> content)
    {
        for (var at = content.IndexOfAny((byte)'\r', (byte)'\n'); at >= 0; at = content.IndexOfAny((byte)'\r', (byte)'\n'))
        {
            if (!content[at..].StartsWith("\r\n"u8)) return false;
            content = content[(at + 2)..];
        }
        return true;
    }

    /// <summary>Dot-stuffs and ends the content. The array is rented from the shared pool; the caller returns it.</summary>
    public static (byte[] Rented, int Length) Stuff(ReadOnlySpan<byte> content)
    {
        var dots = content.Count("\n."u8) + 1;
        var rented = ArrayPool<byte>.Shared.Rent(content.Length + dots + 5);
        var written = 0;
        if (content.StartsWith("."u8)) rented[written++] = (byte)'.';
        for (var at = content.IndexOf("\n."u8); at >= 0; at = content.IndexOf("\n."u8))
        {
            written += Put(content[..(at + 2)], rented, written);
            rented[written++] = (byte)'.';
            content = content[(at + 2)..];
        }
        written += Put(content, rented, written);
        if (written > 0 && rented[written - 1] != '\n') written += Put("\r\n"u8, rented, written);
        written += Put(".\r\n"u8, rented, written);
        return (rented, written);
    }

    private static int Put(ReadOnlySpan<byte> bytes, byte[] to, int at)
    {
        bytes.CopyTo(to.AsSpan(at));
        return bytes.Length;
    }
}
