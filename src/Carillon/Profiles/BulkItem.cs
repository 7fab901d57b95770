using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Carillon.Queue;

namespace Carillon.Profiles;

/// <summary>One item of a call with many, as its caller gave it. A task stores it in this form.</summary>
public sealed record BulkItem
{
    private static readonly JsonSerializerOptions Stored = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, IgnoreReadOnlyProperties = true };

    /// <summary>Null: nobody is looked for, and a new profile is made.</summary>
    public MatchKeys? Keys { get; init; }
    /// <summary>In place of keys: everyone whom this filter finds.</summary>
    public JsonObject? CustomRequest { get; init; }
    /// <summary>Whom it found when the call came.</summary>
    public FoundProfiles? Found { get; init; }
    /// <summary>The profile to import; null for the calls that only start.</summary>
    public JsonObject? Data { get; init; }
    /// <summary>The item's own, in place of the call's.</summary>
    public JsonObject? Content { get; init; }
    public JsonObject? CustomData { get; init; }
    public IReadOnlyList<Attachment>? Attachments { get; init; }
    /// <summary>It could not be read.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>It differs from what the other items of the call share.</summary>
    [JsonIgnore]
    public bool HasOwn => Content is not null || CustomData is not null || Attachments is not null;

    public static BulkItem Refused(string text) => new() { Refusal = Refusal.Invalid(text) };

    public JsonNode ToJson() => JsonSerializer.SerializeToNode(this, Stored)!;

    public static BulkItem FromJson(JsonNode json) => json.Deserialize<BulkItem>(Stored)!;
}
