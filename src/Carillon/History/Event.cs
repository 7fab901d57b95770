using System.Text.Json.Nodes;

namespace Carillon.History;

/// <summary>A row of history: what happened to a profile. The kinds carry the original's names.</summary>
public sealed record Event
{
    public required string ProfileId { get; init; }
    public required int DatabaseId { get; init; }
    public required string Kind { get; init; }
    /// <summary>Milliseconds since 1970.</summary>
    public required long Time { get; init; }
    public string LaunchId { get; init; } = "";
    public string MessageId { get; init; } = "";
    /// <summary>The run that sent the message, if one did. Not a column: the document has it.</summary>
    public string RunId { get; init; } = "";
    /// <summary>The profile's fields when it happened, for those who look at the event at once. Not a column.</summary>
    public JsonObject? Fields { get; init; }
    /// <summary>Starts nothing: the caller asked to skip triggers.</summary>
    public bool Quiet { get; init; }
    /// <summary>A JSON object with what else is known: the reason, the server's words.</summary>
    public string Document { get; init; } = "{}";
}

/// <summary>The kinds of events, in the original's words.</summary>
public static class EventKinds
{
    public const string ImportApi = "import_api";
    /// <summary>The message was handed over: the other side took it.</summary>
    public const string Send = "send";
    /// <summary>The message will not arrive: refused, expired, or the tries are used up.</summary>
    public const string Undeliverable = "undeliv";
    /// <summary>The message was not sent, because it must not be: consent, a stopped trigger.</summary>
    public const string Suppress = "suppress";
    /// <summary>The profile did something with a message. The document says which, as that of <see cref="Send"/> does: <c>trigger_id</c>, or <c>workflow_id</c> and
    /// <c>run_id</c>; <c>resource_id</c>, <c>channel</c>, <c>contact</c>.</summary>
    public const string Open = "open";
    public const string Click = "click";
    /// <summary>By a link of a message or by its mail program. Where it changes the profile, the document tells that as an import's does
    /// (<c>changed</c>, <c>subscriptions</c>), and no other event tells it once more.</summary>
    public const string Unsubscribe = "unsub";
    public const string Complain = "complain";
    /// <summary>The profile reached a goal of a web site.</summary>
    public const string Goal = "goal";
    /// <summary>Ours: a workflow took the profile, let it go, or did not take it (already inside, say).</summary>
    public const string WorkflowStart = "workflow_start";
    public const string WorkflowEnd = "workflow_end";
    public const string WorkflowIgnored = "workflow_ignored";
    /// <summary>Ours: a step of a workflow changed the profile.</summary>
    public const string WorkflowUpdate = "workflow_update";
    /// <summary>Ours: nobody knows whether the message arrived, and it is not tried again.</summary>
    public const string Unknown = "unknown";
}
