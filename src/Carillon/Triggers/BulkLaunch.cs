using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>A call that starts a trigger mailing for many: what its items share.</summary>
public sealed record BulkLaunch
{
    /// <summary>From which each item's request is made.</summary>
    public required LaunchRequest Common { get; init; }
    public required ProfileDatabase Database { get; init; }
    public bool SkipInvalidSubscriptions { get; init; }
    public bool DetectGeo { get; init; }
    /// <summary>Starts no workflow by what the imports change.</summary>
    public bool SkipTriggers { get; init; }

    public Launch Launch => Common.Shared!.Launch;

    public BulkLaunch WithFiles(IReadOnlyList<Attachment> files) => this with { Common = Common with { Shared = new SharedLaunch(Launch with { Attachments = files }) } };

    /// <summary>The request of an item, checked as far as that can be done without a stored row.</summary>
    public LaunchRequest Check(BulkItem item, WorkspaceModel model, long now)
    {
        if (item.Refusal is { } refusal) return Common with { Refused = refusal };
        var request = item.HasOwn
            ? Common with { Shared = null, Content = item.Content ?? Launch.Content, CustomData = item.CustomData ?? Launch.CustomData, Attachments = item.Attachments ?? Launch.Attachments }
            : Common;
        if (item.CustomRequest is { } document)
        {
            var (query, problem) = ProfileQuery.Parse(document, Database);
            return query is null
                ? request with { Refused = Refusal.Invalid(Audience.Refused(problem)) }
                : request with { Filter = null, Audience = new Audience { Query = query, Document = document, Found = item.Found! } };
        }
        if (item.Data is null)
        {
            var (match, unfit) = item.Keys!.Check(Database);
            return match is null ? request with { Refused = unfit } : request with { Match = match };
        }
        var (import, wrong) = CheckImport.Run(new ImportRequest
        {
            Database = Database, Keys = item.Keys, Data = item.Data, SkipInvalidSubscriptions = SkipInvalidSubscriptions, DetectGeo = DetectGeo, SkipTriggers = SkipTriggers,
        }, model, now);
        return import is null ? request with { Refused = wrong } : request with { Import = import };
    }

    /// <summary>What a task must know beside its items. The launch itself is stored with the task.</summary>
    public JsonObject ToTerms() => new()
    {
        ["source_id"] = Common.Trigger.Id, ["launch_id"] = Launch.Id, ["filter"] = JsonSerializer.SerializeToNode(Common.Filter),
        ["timeout"] = (long)Common.Timeout.TotalMilliseconds, ["expiration"] = Common.Expiration is { } expiration ? Moments.Write(expiration) : null,
        ["skip_invalid_subscriptions"] = SkipInvalidSubscriptions, ["detect_geo"] = DetectGeo, ["skip_triggers"] = SkipTriggers,
    };

    /// <summary>The call as a task stored it, on the workspace of today; or why none of it may be started any more.</summary>
    public static (BulkLaunch? Call, Refusal? Refusal) FromTask(StoredTask task, Launch launch, WorkspaceModel model, long now)
    {
        var terms = task.Terms;
        var id = (int)terms["source_id"]!;
        if (!model.Triggers.TryGetValue(id, out var trigger)) return (null, Refusal.NotFound($"There is no trigger {id}"));
        if (!trigger.Active) return (null, Refusal.Invalid("Trigger is not active"));
        // The wait counts from the call.
        var timeout = TimeSpan.FromMilliseconds(Math.Max(0, task.Created + (long)terms["timeout"]! - now));
        return (new BulkLaunch
        {
            Common = new LaunchRequest
            {
                Trigger = trigger, Resource = model.Resources[trigger.Resource], Filter = terms["filter"].Deserialize<SubscriptionFilter>(), Timeout = timeout,
                Expiration = (string?)terms["expiration"] is { } expiration ? DateTimeOffset.Parse(expiration, CultureInfo.InvariantCulture) : null,
                Shared = new SharedLaunch(launch, stored: true), Priority = MessagePriority.Bulk, TokenName = task.TokenName, RequestId = task.RequestId,
            },
            Database = model.Databases[trigger.Database],
            SkipInvalidSubscriptions = (bool)terms["skip_invalid_subscriptions"]!, DetectGeo = (bool)terms["detect_geo"]!, SkipTriggers = (bool?)terms["skip_triggers"] == true,
        }, null);
    }
}
