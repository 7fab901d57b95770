using System.Net.Http.Headers;

namespace Carillon.Wire;

public enum WireFormat { Json, Xml }

public static class WireFormats
{
    /// <summary>The format of a body by its Content-Type; null when it is neither JSON nor XML, or not UTF-8.</summary>
    public static WireFormat? OfContentType(string? contentType)
    {
        // Nearly every call says this, and reading a header in full costs more than comparing it.
        if (contentType is "application/json") return WireFormat.Json;
        if (!MediaTypeHeaderValue.TryParse(contentType?.TrimEnd(' ', ';'), out var parsed)) return null;
        var charset = parsed.CharSet?.Trim('"');
        if (charset is not null && !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !charset.Equals("utf8", StringComparison.OrdinalIgnoreCase)) return null;
        return parsed.MediaType?.ToLowerInvariant() switch
        {
            "application/json" => WireFormat.Json,
            "application/xml" or "text/xml" => WireFormat.Xml,
            _ => null,
        };
    }

    /// <summary>The format that an Accept header asks for first; null when it names neither.</summary>
    public static WireFormat? OfAccept(string? accept)
    {
        foreach (var part in (accept ?? "").Split(','))
        {
            if (OfContentType(part.Split(';')[0].Trim()) is { } format) return format;
        }
        return null;
    }

    /// <summary>The format that the parameter <c>format</c> names; null when it is absent or names another one.</summary>
    public static WireFormat? OfName(string? name) => name?.ToLowerInvariant() switch
    {
        "json" => WireFormat.Json,
        "xml" => WireFormat.Xml,
        _ => null,
    };
}
