using System.Text.Json.Nodes;

namespace Carillon.Workflows;

/// <summary>Something that happened to a profile, and that a workflow may have to act upon. Times are milliseconds since 1970.</summary>
public sealed record Happening
{
    /// <summary>Ours: a step asks another workflow to take the profile.</summary>
    public const string StartWorkflow = "start_workflow";

    public required short Shard { get; init; }
    public required string Id { get; init; }
    public required string ProfileId { get; init; }
    public required int DatabaseId { get; init; }
    /// <summary>A kind of event.</summary>
    public required string Kind { get; init; }
    public required long Time { get; init; }
    public string LaunchId { get; init; } = "";
    public string MessageId { get; init; } = "";
    /// <summary>What else the event knows.</summary>
    public JsonObject Document { get; init; } = [];

    /// <summary>As a run remembers it, and as <c>apicontent.event</c> of a run that it starts.</summary>
    public JsonObject ToJson()
    {
        var json = (JsonObject)Document.DeepClone();
        json["kind"] = Kind;
        json["time"] = Time;
        if (MessageId.Length > 0) json["message_id"] = MessageId;
        return json;
    }
}
