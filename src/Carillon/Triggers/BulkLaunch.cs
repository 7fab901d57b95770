using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>A call that starts something for many: what its items share.</summary>
public sealed record BulkLaunch<TRequest> where TRequest : LaunchRequest
{
    /// <summary>From which each item's request is made. It shares a launch.</summary>
    public required TRequest Common { get; init; }
    public required ProfileDatabase Database { get; init; }
    public bool SkipInvalidSubscriptions { get; init; }
    public bool DetectGeo { get; init; }
    /// <summary>Starts no workflow by what the imports change.</summary>
    public bool SkipTriggers { get; init; }

    public Launch Launch => Common.Shared!.Launch;

    public BulkLaunch<TRequest> WithFiles(IReadOnlyList<Attachment> files) =>
        this with { Common = (TRequest)((LaunchRequest)Common with { Shared = new SharedLaunch(Launch with { Attachments = files }) }) };

    /// <summary>The request of an item, checked as far as that can be done without a stored row.</summary>
    public TRequest Check(BulkItem item, WorkspaceModel model, long now) => (TRequest)Checked(item, model, now);

    private LaunchRequest Checked(BulkItem item, WorkspaceModel model, long now)
    {
        LaunchRequest request = Common;
        if (item.Refusal is { } refusal) return request with { Refused = refusal };
        if (item.HasOwn)
            request = request with { Shared = null, Content = item.Content ?? Launch.Content, CustomData = item.CustomData ?? Launch.CustomData, Attachments = item.Attachments ?? Launch.Attachments };
        if (item.CustomRequest is { } document)
        {
            var (query, problem) = Audience.Parse(document, Database);
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
        ["source_id"] = Common.ObjectId, ["launch_id"] = Launch.Id, ["skip_invalid_subscriptions"] = SkipInvalidSubscriptions, ["detect_geo"] = DetectGeo, ["skip_triggers"] = SkipTriggers,
    };
}
