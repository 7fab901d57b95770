using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>What the calls that start something for many have in common: each item as if it came alone, and one that is refused stops no other.</summary>
public sealed class BulkLaunchEndpoints<TRequest>(
    WorkspaceSource workspace, LaunchInBatches<TRequest> launches, LaunchTask<TRequest> tasks, ResolveItems resolve, Ids ids, Database database, TimeProvider time)
    where TRequest : LaunchRequest
{
    /// <param name="request">The call, where it names no item.</param>
    /// <param name="kind">The kind of the task that is to do it; null: it is done at once.</param>
    /// <param name="import">The items are profiles to import; otherwise they are matching keys.</param>
    public async Task<ApiAnswer> RunAsync(ApiCall call, Fields fields, TRequest request, WorkspaceModel model, string? kind, bool import)
    {
        StartEndpoints.CheckDatabase(fields, request);
        // For whom one filter finds: one item, then.
        var given = !import && StartEndpoints.IsForAll(fields) ? [new JsonObject { ["custom_request"] = fields.Raw["custom_request"]!.DeepClone() }] : BulkEndpoints.TakeItems(fields);
        var shared = BulkEndpoints.ReadSharedKeys(fields);
        var bulk = new BulkLaunch<TRequest>
        {
            Common = Sharing(request), Database = model.Databases[request.DatabaseId],
            SkipInvalidSubscriptions = fields.Bool("skip_invalid_subscriptions"), DetectGeo = fields.Bool("detect_geo"), SkipTriggers = fields.Bool("skip_triggers"),
        };
        if (fields.Error is not null) return fields.Error;

        List<BulkItem> items = [.. given.Select((item, index) => import
            ? BulkEndpoints.ReadImport(item, index, shared, ReadOwn)
            : BulkEndpoints.ReadKeys(item, index, shared, ReadOwn))];
        var (resolved, wrong) = await resolve.RunAsync(bulk, items, call.Cancel);
        if (resolved is null) return ProfileEndpoints.ToError(wrong!);
        return await (kind is null ? TellAsync(call, resolved.Call, resolved.Items) : AcceptAsync(call, kind, resolved.Call, resolved.Items));
    }

    private async Task<ApiAnswer> TellAsync(ApiCall call, BulkLaunch<TRequest> bulk, IReadOnlyList<BulkItem> items)
    {
        var (model, now) = (workspace.Current, time.GetUtcNow().ToUnixTimeMilliseconds());
        var outcomes = await launches.RunAsync(new ManyItems<TRequest, LaunchOutcome>
        {
            Items = BulkEndpoints.LetGo(new Queue<BulkItem>(items)).Select(item => bulk.Check(item, model, now)), Count = items.Count, Once = call.Once, Answer = Answer,
            IsDone = outcome => outcome.Refusal is null, Fail = text => LaunchOutcome.Refused(Refusal.Fault(text)),
        }, call.Cancel);
        // A repeat: the pipeline has the answer.
        return outcomes is null ? ApiAnswer.Ok() : ApiAnswer.Ok(Members(outcomes)) with { LaunchId = LaunchOf(outcomes) };
    }

    private async Task<ApiAnswer> AcceptAsync(ApiCall call, string kind, BulkLaunch<TRequest> bulk, IReadOnlyList<BulkItem> items)
    {
        var task = await tasks.EnqueueAsync(kind, bulk, items, call.Once, call.Cancel);
        return task is null ? ApiAnswer.Ok() : TaskEndpoints.Accepted(task) with { LaunchId = bulk.Launch.Id };
    }

    private static Kept? Answer(IReadOnlyList<LaunchOutcome> outcomes) =>
        outcomes.All(outcome => outcome.Refusal is not null) ? null : new Kept(LaunchOf(outcomes), Members(outcomes));

    private static string? LaunchOf(IReadOnlyList<LaunchOutcome> outcomes) => outcomes.FirstOrDefault(outcome => outcome.LaunchId is not null)?.LaunchId;

    private static (string, JsonNode?)[] Members(IReadOnlyList<LaunchOutcome> outcomes)
    {
        var members = BulkEndpoints.Members(BulkEndpoints.Done(outcomes.SelectMany(outcome => outcome.ProfileIds())), outcomes.Select(outcome => (outcome.ProfileId, outcome.Refusal)));
        // Where a filter finds too many for the call.
        var later = outcomes.Index().Where(each => each.Item.Task is not null).Select(each => (JsonNode)new JsonObject { ["index"] = each.Index, ["task_id"] = each.Item.Task!.Id }).ToArray();
        return later.Length == 0 ? members : [.. members, ("tasks", new JsonArray(later))];
    }

    /// <summary>The content and the files are kept once, with the launch that the items share.</summary>
    private TRequest Sharing(LaunchRequest request)
    {
        var shard = (short)(database.Shards == 1 ? 0 : Random.Shared.Next(database.Shards));
        var launch = request.NewLaunch(shard, ids, time.GetUtcNow().ToUnixTimeMilliseconds()) with { Bulk = true };
        return (TRequest)(request with { Shared = new SharedLaunch(launch), Content = null, CustomData = null, Attachments = [], Once = null });
    }

    /// <summary>What an item may have of its own, in place of the call's.</summary>
    private static BulkItem ReadOwn(Fields fields, BulkItem item) => item with
    {
        CustomRequest = item is { Data: null, Keys.Matching: null } && fields.Has("custom_request") ? StartEndpoints.ReadDocument(fields) : null,
        Content = fields.Object("content"), CustomData = fields.Object("custom_data"), Attachments = fields.Has("attach") ? TriggerEndpoints.ReadAttachments(fields) : null,
    };
}
