using System.Text.Json.Nodes;
using Carillon.Delivery;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>The task that starts a trigger mailing for a large audience: it writes the messages.</summary>
public sealed class LaunchToAudience(ExpandAudience expand, WorkspaceSource workspace, QueueSignal signal, Ids ids)
{
    /// <summary>The name of the kind.</summary>
    public const string Kind = "launch_audience";

    public async Task<TaskStep> RunAsync(Session session, TaskTurn turn, CancellationToken cancel)
    {
        var (terms, model) = (turn.Task.Terms, await workspace.StoredAsync(session, cancel));
        if (!model.Triggers.TryGetValue((int)terms["source_id"]!, out var trigger)) return await expand.OverAsync(session, turn, Refusal.NotFound($"There is no trigger {terms["source_id"]} any more"), cancel);
        if (trigger.Drops((long)terms["launched"]!)) return await expand.OverAsync(session, turn, Refusal.Invalid(DropMessages.Reason), cancel);
        var resource = model.Resources[trigger.Resource];
        return await expand.RunAsync(session, turn, model.Databases[trigger.Database], async profiles =>
        {
            var messages = profiles.Select(profile => Message(terms, trigger, resource, profile)).OfType<Message>().ToList();
            await MessageStore.EnqueueAsync(session, messages, cancel);
            return (profiles.Count - messages.Count, () => Wake(messages));
        }, cancel);
    }

    private Message? Message(JsonObject terms, Trigger trigger, Resource resource, Profile profile)
    {
        if (ChooseSubscription.Best(profile, trigger.Resource, trigger.Channel, trigger.Unconditional, filter: null).Chosen is not { } subscription) return null;
        return new Message
        {
            Shard = profile.Shard, Id = ids.New(profile.Shard), LaunchId = (string)terms["launch_id"]!, ProfileId = profile.Id, DatabaseId = profile.DatabaseId,
            TriggerId = trigger.Id, ResourceId = trigger.Resource, Channel = subscription.Channel, Contact = subscription.Contact,
            SenderId = resource.Channels[trigger.Channel].Sender, Priority = MessagePriority.Bulk,
            RunAt = (long)terms["run_at"]!, ExpiresAt = (long)terms["expires_at"]!,
            // The launch's moment: what was launched before a trigger was stopped and dropped stays dropped, however late it is expanded.
            Created = (long)terms["launched"]!,
        };
    }

    private void Wake(List<Message> messages)
    {
        foreach (var (sender, shard) in messages.Select(message => (message.SenderId, message.Shard)).Distinct()) signal.Wake(sender, shard);
    }
}
