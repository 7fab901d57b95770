using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Delivery;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Repeats;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>The task that starts a trigger mailing for many.</summary>
public sealed class TriggerTask(Database database, AnswerStore answers, TaskQueue queue, WorkspaceSource workspace, LaunchTriggers launches, TimeProvider time)
    : LaunchTask<TriggerRequest>(database, answers, queue, workspace, launches, time)
{
    public const string Start = "start_batch";
    public const string ImportAndStart = "import_and_start_batch";

    /// <summary>The kinds of tasks that start trigger mailings.</summary>
    public static readonly string[] Kinds = [Start, ImportAndStart, LaunchToAudience.Kind];

    protected override void Write(TriggerRequest common, JsonObject terms)
    {
        terms["filter"] = JsonSerializer.SerializeToNode(common.Filter);
        terms["timeout"] = (long)common.Timeout.TotalMilliseconds;
        terms["expiration"] = common.Expiration is { } expiration ? Moments.Write(expiration) : null;
    }

    protected override (TriggerRequest? Common, Refusal? Refusal) Read(StoredTask task, SharedLaunch launch, WorkspaceModel model, long now)
    {
        var terms = task.Terms;
        var id = (int)terms["source_id"]!;
        if (!model.Triggers.TryGetValue(id, out var trigger)) return (null, Refusal.NotFound($"There is no trigger {id}"));
        // What was accepted is sent, though the trigger was stopped meanwhile; unless it was dropped with that.
        if (trigger.Drops(task.Created)) return (null, Refusal.Invalid(DropMessages.Reason));
        return (new TriggerRequest
        {
            Trigger = trigger, Resource = model.Resources[trigger.Resource], Filter = terms["filter"].Deserialize<SubscriptionFilter>(),
            // The wait counts from the call.
            Timeout = TimeSpan.FromMilliseconds(Math.Max(0, task.Created + (long)terms["timeout"]! - now)),
            Expiration = (string?)terms["expiration"] is { } expiration ? DateTimeOffset.Parse(expiration, CultureInfo.InvariantCulture) : null,
            Shared = launch, Priority = MessagePriority.Bulk, Accepted = task.Created, TokenName = task.TokenName, RequestId = task.RequestId,
        }, null);
    }
}
