using System.Text;

namespace Carillon.Outbox.Mime;

internal static class Charsets
{
    /// <summary>The encoding of a charset's name; UTF-8 for one that nobody knows. Bytes that mean nothing become U+FFFD.</summary>
    public static Encoding Of(string? name)
    {
        if (string.IsNullOrWhiteSpace(name)) return Encoding.UTF8;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception unknown) when (unknown is ArgumentException or NotSupportedException)
        {
            return Encoding.UTF8;
        }
    }
}
