using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Triggers;

namespace Carillon.Workflows;

/// <summary>The documents of runs and happenings.</summary>
public static class RunJson
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(JsonObject document) => document.Count == 0 ? "{}" : document.ToJsonString(Compact);

    public static JsonObject Read(string document) => document.Length <= 2 ? [] : (JsonObject)JsonNode.Parse(document)!;

    /// <summary>A whole number, whatever the reader made of it.</summary>
    public static int? Int(JsonNode? value) => int.TryParse(NodeReader.Scalar(value), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    public static string Write(RunMemory memory)
    {
        var document = new JsonObject();
        if (memory.Kept is { } kept) document["kept"] = kept.DeepClone();
        if (memory.Event is { } happened) document["event"] = happened.DeepClone();
        if (memory.Filter is { } filter) document["filter"] = JsonSerializer.SerializeToNode(filter, Compact);
        return Write(document);
    }

    public static RunMemory ReadMemory(string text)
    {
        if (text.Length <= 2) return RunMemory.Empty;
        var document = Read(text);
        return new RunMemory
        {
            Kept = document["kept"] as JsonObject, Event = document["event"] as JsonObject,
            Filter = document["filter"]?.Deserialize<SubscriptionFilter>(Compact),
        };
    }
}
