using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary><c>campaigns/triggers/start_batch</c> and <c>import_and_start_batch</c>, and both as tasks.</summary>
public sealed class BulkLaunchEndpoints(
    WorkspaceSource workspace, LaunchTriggers launches, LaunchTask tasks, AudienceEndpoints audiences, ResolveItems resolve, Ids ids, Database database, TimeProvider time)
{
    public Task<ApiAnswer> StartBatch(ApiCall call) => RunAsync(call, "trigger_id", import: false, TellAsync);

    /// <summary>The one of the four that names the trigger by <c>id</c>.</summary>
    public Task<ApiAnswer> StartBatchTask(ApiCall call) => RunAsync(call, "id", import: false, (_, bulk, items) => AcceptAsync(call, LaunchTask.Start, bulk, items));

    public Task<ApiAnswer> ImportAndStartBatch(ApiCall call) => RunAsync(call, "trigger_id", import: true, TellAsync);

    public Task<ApiAnswer> ImportAndStartBatchTask(ApiCall call) => RunAsync(call, "trigger_id", import: true, (_, bulk, items) => AcceptAsync(call, LaunchTask.ImportAndStart, bulk, items));

    private async Task<ApiAnswer> RunAsync(ApiCall call, string key, bool import, Func<ApiCall, BulkLaunch, IReadOnlyList<BulkItem>, Task<ApiAnswer>> carryOut)
    {
        var fields = new Fields(call.Body);
        var model = workspace.Current;
        var (trigger, refused) = TriggerEndpoints.FindTrigger(fields, key, model);
        if (trigger is null) return refused!;
        var forAll = !import && AudienceEndpoints.IsMeant(fields);
        if (forAll && fields.Has("data")) return ApiError.Invalid("Parameters 'data' and 'custom_request': only one of them can say whom to start for");
        if (forAll && key == "id") return await audiences.StartAsync(call, fields, trigger, model, asTask: true);
        var bulk = Read(fields, trigger, model, call);
        // One item, then.
        var given = forAll ? [new JsonObject { ["custom_request"] = fields.Raw["custom_request"]!.DeepClone() }] : BulkEndpoints.ReadItems(fields);
        var shared = BulkEndpoints.ReadSharedKeys(fields);
        if (fields.Error is not null) return fields.Error;

        List<BulkItem> items = [.. given.Select((item, index) => import
            ? BulkEndpoints.ReadImport(item, index, shared, ReadOwn)
            : BulkEndpoints.ReadKeys(item, index, shared, ReadOwn))];
        var (resolved, wrong) = await resolve.RunAsync(bulk, items, call.Cancel);
        return resolved is null ? ProfileEndpoints.ToError(wrong!) : await carryOut(call, resolved.Call, resolved.Items);
    }

    private async Task<ApiAnswer> TellAsync(ApiCall call, BulkLaunch bulk, IReadOnlyList<BulkItem> items)
    {
        var (model, now) = (workspace.Current, time.GetUtcNow().ToUnixTimeMilliseconds());
        var outcomes = await launches.RunAsync(new ManyItems<LaunchRequest, LaunchOutcome>
        {
            Items = items.Select(item => bulk.Check(item, model, now)), Count = items.Count, Once = call.Once, Answer = Answer,
            IsDone = outcome => outcome.LaunchId is not null, Fail = text => LaunchOutcome.Refused(Refusal.Fault(text)),
        }, call.Cancel);
        // A repeat: the pipeline has the answer.
        if (outcomes is null) return ApiAnswer.Ok();
        return ApiAnswer.Ok(Members(outcomes)) with { LaunchId = LaunchOf(outcomes) };
    }

    private async Task<ApiAnswer> AcceptAsync(ApiCall call, string kind, BulkLaunch bulk, IReadOnlyList<BulkItem> items)
    {
        var task = await tasks.EnqueueAsync(kind, bulk, items, call.Once, call.Cancel);
        return task is null ? ApiAnswer.Ok() : TaskEndpoints.Accepted(task) with { LaunchId = bulk.Common.Shared!.Launch.Id };
    }

    private static Kept? Answer(IReadOnlyList<LaunchOutcome> outcomes) => LaunchOf(outcomes) is { } launch ? new Kept(launch, Members(outcomes)) : null;

    private static string? LaunchOf(IReadOnlyList<LaunchOutcome> outcomes) => outcomes.FirstOrDefault(outcome => outcome.LaunchId is not null)?.LaunchId;

    private static (string, JsonNode?)[] Members(IReadOnlyList<LaunchOutcome> outcomes)
    {
        var members = BulkEndpoints.Members(BulkEndpoints.Done(outcomes.SelectMany(outcome => outcome.ProfileIds())), outcomes.Select(outcome => (outcome.ProfileId, outcome.Refusal)));
        // Where a filter finds too many for the call.
        var later = outcomes.Index().Where(each => each.Item.Task is not null).Select(each => (JsonNode)new JsonObject { ["index"] = each.Index, ["task_id"] = each.Item.Task!.Id }).ToArray();
        return later.Length == 0 ? members : [.. members, ("tasks", new JsonArray(later))];
    }

    private BulkLaunch Read(Fields fields, Trigger trigger, WorkspaceModel model, ApiCall call)
    {
        var profiles = model.Databases[trigger.Database];
        if (fields.Int("db_id") is { } named && named != profiles.Id)
            fields.Refuse($"Parameter 'db_id' is {named}, but trigger {trigger.Id} works on database {profiles.Id}");
        var request = TriggerEndpoints.ReadLaunch(fields, trigger, model, call, time);
        return new BulkLaunch
        {
            Common = request with
            {
                Shared = new SharedLaunch(NewLaunch(request)), Content = null, CustomData = null, Attachments = [], Once = null, Priority = MessagePriority.Bulk,
                Timeout = TriggerEndpoints.ReadTimeout(fields) ?? TriggerEndpoints.Wait(trigger), Filter = TriggerEndpoints.ReadFilter(fields.Inner("subscription_filter")),
            },
            Database = profiles, SkipInvalidSubscriptions = fields.Bool("skip_invalid_subscriptions"), DetectGeo = fields.Bool("detect_geo"), SkipTriggers = fields.Bool("skip_triggers"),
        };
    }

    private Launch NewLaunch(LaunchRequest request)
    {
        var shard = (short)(database.Shards == 1 ? 0 : Random.Shared.Next(database.Shards));
        return new Launch
        {
            Shard = shard, Id = ids.New(shard), Kind = LaunchKind.Trigger, ObjectId = request.Trigger.Id, TokenName = request.TokenName, RequestId = request.RequestId,
            Created = time.GetUtcNow().ToUnixTimeMilliseconds(), Bulk = true, Content = request.Content, CustomData = request.CustomData, Attachments = request.Attachments,
        };
    }

    /// <summary>What an item may have of its own, in place of the call's.</summary>
    private static BulkItem ReadOwn(Fields fields, BulkItem item) => item with
    {
        CustomRequest = item is { Data: null, Keys.Matching: null } && fields.Has("custom_request") ? AudienceEndpoints.ReadDocument(fields) : null,
        Content = fields.Object("content"), CustomData = fields.Object("custom_data"), Attachments = fields.Has("attach") ? TriggerEndpoints.ReadAttachments(fields) : null,
    };
}
