using System.Text;
using Carillon.Delivery.Email;
using Carillon.Queue;

namespace Carillon.Triggers;

/// <summary>Reads attachments as the API takes them: a name and <c>data:&lt;media type&gt;;base64,&lt;payload&gt;</c>.</summary>
public static class DataUrl
{
    public const int MaxFiles = 50;
    /// <summary>Of all files of a launch together, decoded. Mail servers rarely take more.</summary>
    public const long MaxBytes = 50 << 20;

    public static readonly string TooLarge = $"Parameter 'attach': the files are larger than {MaxBytes >> 20} MB together";

    /// <summary>An uploaded file; without a name it keeps the one it was uploaded with.</summary>
    public static (Attachment? File, string Problem) Named(string key, string name, string? mediaType) =>
        name.Length > 0 && ProblemOf(name) is { } problem ? (null, problem) : (new Attachment(name, mediaType ?? "", []) { FileKey = key }, "");

    /// <summary>What is wrong with the name of a file, or null.</summary>
    public static string? ProblemOf(string name)
    {
        // What is accepted here must go into a mail later.
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > AttachmentPart.LongestName) return $"the name must have 1 to {AttachmentPart.LongestName} bytes in UTF-8";
        return name.Any(char.IsControl) || name.AsSpan().IndexOfAny("/\\") >= 0 || name is "." or ".." ? "the name must be a file name, without folders and control characters" : null;
    }

    public static (Attachment? File, string Problem) Read(string name, string url, string? mediaType)
    {
        if (ProblemOf(name) is { } wrong) return (null, wrong);
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
