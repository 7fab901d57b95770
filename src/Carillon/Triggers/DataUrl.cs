using Carillon.Queue;

namespace Carillon.Triggers;

/// <summary>Reads attachments as the API takes them: a name and <c>data:&lt;media type&gt;;base64,&lt;payload&gt;</c>.</summary>
public static class DataUrl
{
    public const int MaxFiles = 50;
    /// <summary>Of all files of a launch together, decoded. Mail servers rarely take more.</summary>
    public const long MaxBytes = 50 << 20;

    private const int MaxName = 255;

    public static (Attachment? File, string Problem) Read(string name, string url, string? mediaType)
    {
        if (name.Length is 0 or > MaxName) return (null, $"the name must have 1 to {MaxName} characters");
        if (name.Any(char.IsControl) || name.AsSpan().IndexOfAny("/\\") >= 0 || name is "." or "..") return (null, "the name must be a file name, without folders and control characters");
        if (!url.StartsWith("data:", StringComparison.OrdinalIgnoreCase)) return (null, "the data must be a data URL like data:text/csv;base64,SEVMTE8K");
        var comma = url.IndexOf(',', StringComparison.Ordinal);
        var head = comma < 0 ? "" : url["data:".Length..comma];
        if (!head.EndsWith(";base64", StringComparison.OrdinalIgnoreCase)) return (null, "the data must be a data URL in base64");
        var payload = url.AsSpan(comma + 1);
        var bytes = new byte[payload.Length / 4 * 3 + 3];
        if (!Convert.TryFromBase64Chars(payload, bytes, out var length)) return (null, "the data is not valid base64");
        var type = head[..^";base64".Length];
        return (new Attachment(name, mediaType ?? (type.Length == 0 ? "application/octet-stream" : type), bytes[..length]), "");
    }
}
