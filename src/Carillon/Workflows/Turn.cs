using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>One run's turn: what its steps see, and what they cause. Nothing is written before the walk is over.</summary>
public sealed class Turn
{
    public required Run Run { get; set; }
    public required Workflow Workflow { get; init; }
    public required Graph Graph { get; init; }
    public required WorkspaceModel Workspace { get; init; }
    /// <summary>As the steps of this turn have left it.</summary>
    public required Profile Profile { get; set; }
    /// <summary>What templates call <c>apicontent</c>.</summary>
    public required JsonObject Content { get; set; }
    /// <summary>How many files go with the content.</summary>
    public int AttachmentCount { get; init; }
    /// <summary>Milliseconds since 1970.</summary>
    public required long Now { get; init; }
    public required Ids Ids { get; init; }
    /// <summary>The profiles of the transaction, where a change of the profile goes.</summary>
    public required ProfileBatch Profiles { get; init; }
    /// <summary>What the running step must know before it can decide; it is run again with it.</summary>
    public IReadOnlyList<ContactKey> Needs { get; set; } = [];

    /// <summary>The run has just come to the node, rather than waited there.</summary>
    public bool Arrived => Run.Memory.Kept is null;
    /// <summary>What the node put down when the run began to wait.</summary>
    public JsonObject Kept => Run.Memory.Kept ?? [];
    /// <summary>When the run began to wait here; now, when it has just come.</summary>
    public long Since => (long?)Run.Memory.Kept?["since"] ?? Now;
    /// <summary>What ended the wait; null when its time was over.</summary>
    public JsonObject? Event => Run.Memory.Event;
    /// <summary>The profile's time zone; UTC when it has none.</summary>
    public TimeZoneInfo Zone => _zone ??= Zones.Of(Profile);

    public List<StepRecord> Records { get; } = [];
    public List<Message> Messages { get; } = [];
    public List<Event> Events { get; } = [];
    public List<Happening> Happenings { get; } = [];
    public List<Launch> Launches { get; } = [];
    /// <summary>The launch whose attachments a new content takes over, by the new one's id.</summary>
    public List<(string From, string To)> Attachments { get; } = [];
    /// <summary>The message that the running step sends.</summary>
    public string SentId { get; set; } = "";
    /// <summary>Takes one of the hands that are free to call outside; false when there is none.</summary>
    public Func<bool> TakeHand { get; init; } = () => true;
    /// <summary>The request to make after the commit.</summary>
    public HttpCall? Call { get; set; }

    private TimeZoneInfo? _zone;

    /// <summary>Puts a value under a name into the content, for the steps and templates that follow.</summary>
    public void AddContent(string name, JsonNode? value)
    {
        Content = (JsonObject)Content.DeepClone();
        Content[name] = value?.DeepClone();
        var launch = new Launch
        {
            Shard = Run.Shard, Id = Ids.New(Run.Shard), Kind = LaunchKind.Workflow, ObjectId = Run.WorkflowId, TokenName = "", RequestId = "",
            Created = Now, Content = Content, AttachmentCount = AttachmentCount, Trace = [$"the content of run {Run.Id} with the answer '{name}'"],
        };
        Launches.Add(launch);
        Attachments.Add((Run.ContentId, launch.Id));
        Run = Run with { ContentId = launch.Id };
    }
}
