using System.Text.Json.Nodes;

namespace Carillon.Api;

/// <summary>Which files a call may bring; its body may then be larger.</summary>
public enum Files
{
    None,

    /// <summary>Attachments, <c>attach</c>, of the call or of each item of its <c>data</c>.</summary>
    Attached,

    /// <summary>One to be kept, the text <c>data</c>.</summary>
    Uploaded,
}

/// <summary>Looks for the files that alone make a body so large.</summary>
internal static class FilesOfBody
{
    public static bool Has(JsonObject root, Files kind) => kind switch
    {
        Files.Attached => IsAttached(root) || root["data"] is JsonArray items && items.Any(IsAttached) || IsAttached(root["data"]),
        Files.Uploaded => root["data"] is JsonValue,
        _ => false,
    };

    /// <summary>A single object stands for an array of one.</summary>
    private static bool IsAttached(JsonNode? holder) => holder is JsonObject members && members["attach"] switch
    {
        JsonArray files => files.Any(file => file is JsonObject { Count: > 0 }),
        JsonObject file => file.Count > 0,
        _ => false,
    };
}
