namespace Carillon.Queue;

/// <summary>One intended delivery to one contact. Times are milliseconds since 1970.</summary>
public sealed record Message
{
    public required short Shard { get; init; }
    public required string Id { get; init; }
    public required string LaunchId { get; init; }
    public required string ProfileId { get; init; }
    public required int DatabaseId { get; init; }
    /// <summary>0 for a message of a workflow.</summary>
    public required int TriggerId { get; init; }
    /// <summary>The workflow whose run sends it; 0 for a message of a trigger.</summary>
    public int WorkflowId { get; init; }
    public string RunId { get; init; } = "";
    /// <summary>What it is written by, for a message of a workflow; a trigger names its own.</summary>
    public int TemplateId { get; init; }
    public MessageFlags Flags { get; init; }
    public required int ResourceId { get; init; }
    public required string Channel { get; init; }
    /// <summary>The contact that was chosen at the launch, normalised.</summary>
    public required string Contact { get; init; }
    public required int SenderId { get; init; }
    public required MessagePriority Priority { get; init; }
    /// <summary>Not to be sent before this moment.</summary>
    public required long RunAt { get; init; }
    /// <summary>What <see cref="RunAt"/> was at first: each try that is to be repeated moves that one on.</summary>
    public long FirstDue { get => field > 0 ? field : RunAt; init; }
    /// <summary>Not to be sent after this moment.</summary>
    public required long ExpiresAt { get; init; }
    public required long Created { get; init; }
    public MessageState State { get; init; }
    /// <summary>How often it was claimed; with the owner this tells a claim from an older one.</summary>
    public int Attempts { get; init; }
    /// <summary>The process that claimed it, where this is a claim.</summary>
    public string Owner { get; init; } = "";
    /// <summary>Why it is in its state, for a person.</summary>
    public string Reason { get; init; } = "";
    public long Updated { get; init; }
}

/// <summary>What the step of a workflow wrote on its message; a trigger is asked itself.</summary>
[Flags]
public enum MessageFlags { None = 0, Unconditional = 1, Hold = 2 }
