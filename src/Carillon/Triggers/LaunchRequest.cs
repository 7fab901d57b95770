using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>A call that starts something for profiles, checked as far as that can be done without a stored row.</summary>
public abstract record LaunchRequest
{
    /// <summary>Import first; null for the calls that only start.</summary>
    public ImportProfile? Import { get; init; }
    /// <summary>Whom to start for, where nothing is imported.</summary>
    public ProfileMatch? Match { get; init; }
    /// <summary>Whom to start for, where a filter says it.</summary>
    public Audience? Audience { get; init; }
    /// <summary>Which subscription to send to.</summary>
    public SubscriptionFilter? Filter { get; init; }
    public JsonNode? Content { get; init; }
    public JsonNode? CustomData { get; init; }
    public IReadOnlyList<Attachment> Attachments { get; init; } = [];
    /// <summary>Where a trace is recorded.</summary>
    public LaunchSpans? Spans { get; init; }
    public required string TokenName { get; init; }
    public required string RequestId { get; init; }
    public IReadOnlyList<string> Trace { get; init; } = [];
    /// <summary>One of many items of a call: the launch that they share. Null: the request makes one of its own.</summary>
    public SharedLaunch? Shared { get; init; }
    /// <summary>One of many, and wrong already: it is told in its turn, and nothing is done.</summary>
    public Refusal? Refused { get; init; }
    /// <summary>What the answer is kept under, for a repeat of the call; null when repeats are not recognised.</summary>
    public Once? Once { get; init; }

    protected abstract LaunchKind Kind { get; }
    /// <summary>The id of the trigger or workflow.</summary>
    public abstract int ObjectId { get; }
    /// <summary>The id of the profiles' database.</summary>
    public abstract int DatabaseId { get; }
    /// <summary>What is started, as it is told: <c>trigger 96</c>.</summary>
    public string Shown => $"{(Kind == LaunchKind.Workflow ? "workflow" : "trigger")} {ObjectId}";

    /// <summary>Whom the call may touch.</summary>
    public IEnumerable<ProfileMatch> Matches => Audience?.Matches ?? [Import is null ? Match! : Import.Match!];

    /// <summary>What the caller is told.</summary>
    public (string Name, JsonNode? Value) Answer(LaunchOutcome outcome) => Import is not null ? ("profile_id", outcome.ProfileId)
        : ("data", Audience is { AsTask: true } ? new JsonObject { ["task_id"] = outcome.Task!.Id } : null);

    /// <summary>The launch of this call alone, not stored yet.</summary>
    public Launch NewLaunch(short shard, Ids ids, long now) => new()
    {
        Shard = shard, Id = ids.New(shard), Kind = Kind, ObjectId = ObjectId, TokenName = TokenName, RequestId = RequestId, Created = now, TraceParent = Spans?.TraceParent,
        Content = Content, CustomData = CustomData, Attachments = Attachments, Trace = [.. Trace, .. Import?.Trace ?? []],
    };
}

/// <summary>The launch of a call with many items: one row, with the content and the files that their messages share.</summary>
public sealed class SharedLaunch(Launch launch, bool stored = false)
{
    public Launch Launch { get; private set; } = launch;
    /// <summary>It is on disk; until then the next transaction that starts something for it writes it too.</summary>
    public bool Stored { get; private set; } = stored;

    /// <summary>Something was started for it; by a twin of the call, or before a crash, under that one's id: what follows joins it.</summary>
    public void StoredAs(string id, short shard) => (Launch, Stored) = (Launch with { Id = id, Shard = shard }, true);
}

/// <summary>Names the subscription to send to.</summary>
/// <param name="NotStrict">When it is not there, any other suitable one will do.</param>
public sealed record SubscriptionFilter(string? Email, string? Phone, string? Provider, string? SubscriptionId, bool NotStrict)
{
    public bool Fits(Subscription subscription) =>
        (Email is null || subscription.Channel == Channels.Email && subscription.Contact == Email)
        && (Phone is null || subscription.Channel == Channels.Sms && subscription.Contact == Phone)
        && (SubscriptionId is null || subscription.Channel == Channels.Push && subscription.Contact == SubscriptionId)
        && (Provider is null || subscription.Channel == Channels.Push && subscription.Provider.Equals(Provider, StringComparison.OrdinalIgnoreCase));
}

/// <summary>What a launch came to: ids, or why nothing was started. Nothing of a refused launch stays. A repeat has neither: its
/// <see cref="LaunchRequest.Once"/> holds the answer.</summary>
public sealed record LaunchOutcome(string? ProfileId, string? LaunchId, Refusal? Refusal)
{
    /// <summary>Where messages wait.</summary>
    public IReadOnlyCollection<short> Shards { get; init; } = [];
    /// <summary>What expands the audience.</summary>
    public StoredTask? Task { get; init; }
    /// <summary>Whom of an audience it was started for; null where a task expands it, and for one profile.</summary>
    public IReadOnlyList<string>? Audience { get; init; }

    /// <summary>Those it was started for by now.</summary>
    public IEnumerable<string> ProfileIds() => Audience ?? (ProfileId is null ? [] : [ProfileId]);

    public static readonly LaunchOutcome Repeated = new(null, null, null);

    public static LaunchOutcome Refused(Refusal refusal) => new(null, null, refusal);
}
