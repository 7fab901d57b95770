using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Carillon.Workspace;

/// <summary>The documents of the workspace tables.</summary>
public static class WorkspaceJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write<T>(T item) => JsonSerializer.Serialize(item, Options);

    public static T Read<T>(string doc) where T : class =>
        JsonSerializer.Deserialize<T>(doc, Options) ?? throw new JsonException("A workspace document is null.");

    /// <summary>The paths whose values differ between two documents; only names, because a value may be a password.</summary>
    public static List<string> Differences(string before, string after)
    {
        List<string> paths = [];
        using var old = JsonDocument.Parse(before);
        using var now = JsonDocument.Parse(after);
        Compare(old.RootElement, now.RootElement, "", paths);
        return [.. paths.Select(AsWritten)];
    }

    /// <summary>Members in another order are the same; a missing member is an element of kind Undefined.</summary>
    private static void Compare(JsonElement old, JsonElement now, string path, List<string> paths)
    {
        if (old.ValueKind == JsonValueKind.Object && now.ValueKind == JsonValueKind.Object)
        {
            foreach (var name in old.EnumerateObject().Concat(now.EnumerateObject()).Select(member => member.Name).Distinct())
                Compare(Member(old, name), Member(now, name), path.Length == 0 ? name : $"{path}.{name}", paths);
        }
        else if (old.ValueKind != now.ValueKind || old.GetRawText() != now.GetRawText())
        {
            paths.Add(path);
        }
    }

    private static JsonElement Member(JsonElement of, string name) => of.TryGetProperty(name, out var member) ? member : default;

    /// <summary>A template says <c>subject</c> and a sender <c>host</c> for what the documents keep one level deeper.</summary>
    private static string AsWritten(string path) =>
        path.StartsWith("email.", StringComparison.Ordinal) || path.StartsWith("smtp.", StringComparison.Ordinal)
            ? path[(path.IndexOf('.') + 1)..]
            : path;
}
