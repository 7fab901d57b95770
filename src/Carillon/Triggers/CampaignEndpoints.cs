using System.Text.Json.Nodes;
using Carillon.Delivery;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Templates;
using Carillon.Wire;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>
/// <c>campaigns/list</c>, <c>get</c>, <c>get_status</c>, <c>activate</c>, <c>deactivate</c>, <c>clone</c>, <c>delete</c>: what the original says
/// of all kinds of mailings. Triggers are the only kind here.
/// </summary>
public sealed class CampaignEndpoints(WorkspaceSource workspace, ChangeWorkspace changes, DropMessages drops, Database database, TimeProvider time)
{
    private static readonly string[] Types = ["broadcast", "regular", "trigger", "splittest"];

    public Task<ApiAnswer> List(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var found = ManagingEndpoints.Filtered(fields, workspace.Current);
        if (fields.Text("type") is { Length: > 0 } type)
        {
            if (!Types.Contains(type)) fields.Refuse($"Parameter 'type' must be one of {string.Join(", ", Types)}");
            if (type != "trigger") found = [];
        }
        return Task.FromResult(ListAnswer.Of(fields, found, trigger => new JsonObject
        {
            ["for_confirm"] = false, ["groups"] = new JsonArray(), ["id"] = trigger.Id, ["is_active"] = trigger.Active, ["name"] = trigger.Name,
            ["subid"] = "", ["type"] = "trigger", ["ui_tags"] = ManagingEndpoints.Texts(trigger.Labels),
        }));
    }

    public async Task<ApiAnswer> Get(ApiCall call)
    {
        var (trigger, error) = Find(new Fields(call.Body));
        if (trigger is null) return error!;
        var stamp = await database.ReadAsync(session => WorkspaceTables.Triggers.StampAsync(session, trigger.Id, call.Cancel), call.Cancel);
        return ApiAnswer.Ok(("data", new JsonObject
        {
            ["content"] = ManagingEndpoints.Content(trigger), ["data_id"] = trigger.Database, ["data_type"] = "list", ["descr"] = trigger.Description, ["for_confirm"] = false,
            ["id"] = trigger.Id, ["is_active"] = trigger.Active, ["is_completed"] = false, ["name"] = trigger.Name, ["push_sending_mode"] = "fanout",
            ["resource_id"] = trigger.Resource, ["send_email_content"] = trigger.Channel == Channels.Email, ["send_push_content"] = trigger.Channel == Channels.Push,
            ["send_sms_content"] = trigger.Channel == Channels.Sms, ["status"] = Status(trigger), ["subid"] = "", ["type"] = "trigger",
            ["update_time"] = stamp is { Moment: > 0 } ? Moments.Write(DateTimeOffset.FromUnixTimeMilliseconds(stamp.Moment)) : "",
            ["updated_user"] = stamp?.By ?? "", ["virtual_sender_id"] = 0,
        }));
    }

    public Task<ApiAnswer> GetStatus(ApiCall call)
    {
        var (trigger, error) = Find(new Fields(call.Body));
        return Task.FromResult(trigger is null ? error! : ApiAnswer.Ok(("data", new JsonObject
        {
            ["is_active"] = trigger.Active, ["is_completed"] = false, ["status"] = Status(trigger),
        })));
    }

    /// <summary>Returns when a launch of this process finds the trigger active.</summary>
    public async Task<ApiAnswer> Activate(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var id = fields.RequiredInt("id");
        // override_*, content and attach have a meaning together with run_now only.
        fields.RefuseUnsupported("run_now", "a trigger mailing has no audience to run for; start it with campaigns/triggers/start");
        if (fields.Error is not null) return fields.Error;
        return Done(await changes.RunAsync(call.TokenName, (before, _) => WriteTrigger.Activate(before, id, active: true)));
    }

    public async Task<ApiAnswer> Deactivate(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var (id, abort) = (fields.RequiredInt("id"), fields.Bool("abort_if_running"));
        if (fields.Error is not null) return fields.Error;
        var outcome = await changes.RunAsync(call.TokenName, (before, _) => WriteTrigger.Activate(before, id, active: false, droppedAt: abort ? time.GetUtcNow() : null));
        if (outcome.Refusal is null && abort) await drops.RunAsync(id);
        return Done(outcome);
    }

    public async Task<ApiAnswer> Delete(ApiCall call)
    {
        var fields = new Fields(call.Body);
        var (trigger, error) = Find(fields);
        if (trigger is null) return error!;
        if (!trigger.Active && await AnyWaitingAsync(trigger.Id, call.Cancel))
            return ApiError.Invalid($"Trigger {trigger.Id} has messages that wait: deactivate it with 'abort_if_running' to drop them, or let them be sent");
        if (!trigger.Active && await AnyTaskAsync(trigger.Id, call.Cancel)) return ApiError.Invalid($"Trigger {trigger.Id} has a task that is not finished: wait for its end");
        return Done(await changes.RunAsync(call.TokenName, (before, _) => WriteTrigger.Delete(before, trigger.Id)));
    }

    private (Trigger? Trigger, ApiError? Error) Find(Fields fields)
    {
        var id = fields.RequiredInt("id");
        if (fields.Error is not null) return (null, fields.Error);
        return workspace.Current.Triggers.TryGetValue(id, out var trigger) ? (trigger, null) : (null, ApiError.NotFound($"There is no trigger {id}"));
    }

    private Task<bool> AnyWaitingAsync(int id, CancellationToken cancel) => database.ReadAsync(async session =>
    {
        for (short shard = 0; shard < database.Shards; shard++)
        {
            if (await MessageStore.AnyWaitingAsync(session, shard, id, cancel)) return true;
        }
        return false;
    }, cancel);

    private Task<bool> AnyTaskAsync(int id, CancellationToken cancel) => database.ReadAsync(async session =>
    {
        for (short shard = 0; shard < database.Shards; shard++)
        {
            if ((await TaskStore.ReadOpenAsync(session, shard, cancel)).Exists(task => TriggerTask.Kinds.Contains(task.Kind) && (int?)task.Terms["source_id"] == id)) return true;
        }
        return false;
    }, cancel);

    private static ApiAnswer Done(ChangeOutcome outcome) => outcome.Refusal is { } refusal ? TemplateEndpoints.ToError(refusal) : ApiAnswer.Ok(("data", null));

    private static string Status(Trigger trigger) => trigger.Active ? "Active" : "Inactive";
}
