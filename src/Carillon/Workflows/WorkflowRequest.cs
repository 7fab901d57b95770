using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Triggers;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>A call that engages a profile in a workflow, checked as far as that can be done without a stored row.</summary>
public sealed record WorkflowRequest
{
    public required Workflow Workflow { get; init; }
    public required Entry Entry { get; init; }
    /// <summary>Of the graph that the entry stands in.</summary>
    public required string Version { get; init; }
    /// <summary>Import first; null for the calls that only start.</summary>
    public ImportProfile? Import { get; init; }
    /// <summary>Whom to start for, where nothing is imported.</summary>
    public ProfileMatch? Match { get; init; }
    /// <summary>Which subscription the steps send to.</summary>
    public SubscriptionFilter? Filter { get; init; }
    public JsonNode? Content { get; init; }
    public JsonNode? CustomData { get; init; }
    public IReadOnlyList<Attachment> Attachments { get; init; } = [];
    public required string TokenName { get; init; }
    public required string RequestId { get; init; }
    /// <summary>What the answer is kept under, for a repeat of the call; null when repeats are not recognised.</summary>
    public Once? Once { get; init; }
}

/// <summary>What a call came to: ids, or why nothing was done. A workflow that did not take the profile is no refusal: the import stands.</summary>
public sealed record WorkflowOutcome(string? ProfileId, string? LaunchId, Refusal? Refusal)
{
    /// <summary>A repeat: its <see cref="WorkflowRequest.Once"/> holds the answer.</summary>
    public static readonly WorkflowOutcome Repeated = new(null, null, null);

    public static WorkflowOutcome Refused(Refusal refusal) => new(null, null, refusal);
}
