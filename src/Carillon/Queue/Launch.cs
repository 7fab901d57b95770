using System.Text.Json.Nodes;

namespace Carillon.Queue;

/// <summary>One API call that started something, with what its messages share.</summary>
public sealed record Launch
{
    public required short Shard { get; init; }
    public required string Id { get; init; }
    public required LaunchKind Kind { get; init; }
    /// <summary>The id of the trigger or workflow.</summary>
    public required int ObjectId { get; init; }
    /// <summary>The name of the token that launched.</summary>
    public required string TokenName { get; init; }
    public required string RequestId { get; init; }
    public required long Created { get; init; }
    /// <summary>What templates call <c>apicontent</c>.</summary>
    public JsonNode? Content { get; init; }
    /// <summary>Kept for events and hooks, never looked into.</summary>
    public JsonNode? CustomData { get; init; }
    /// <summary>The span of the call, where a trace is recorded; what becomes of the messages joins its trace.</summary>
    public string? TraceParent { get; init; }
    /// <summary>How far it has come, where it is for everyone whom a filter finds.</summary>
    public LaunchAudience? Audience { get; init; }
    /// <summary>Fields that the messages show instead of the profile's; null for none.</summary>
    public JsonObject? Fields { get; init; }
    /// <summary>Remarks on how the call was understood.</summary>
    public IReadOnlyList<string> Trace { get; init; } = [];
    public IReadOnlyList<Attachment> Attachments { get; init; } = [];
    /// <summary>Its messages go to many profiles, on any shard.</summary>
    public bool Bulk { get; init; }
    /// <summary>How many attachments there are, where they themselves were not loaded.</summary>
    public int AttachmentCount { get; init; }
    /// <summary>Its document is large and was not loaded: content, fields and whatever else stands there are not known here.</summary>
    public bool IsBare { get; init; }
}

public enum LaunchKind { Trigger = 1, Workflow = 2 }

/// <summary>A file that goes with every message of a launch.</summary>
public sealed record Attachment(string Name, string MediaType, byte[] Data)
{
    /// <summary>Names an uploaded file that is to stand here; <see cref="FileStore.ResolveAsync"/> puts it in.</summary>
    public string? FileKey { get; init; }
}
