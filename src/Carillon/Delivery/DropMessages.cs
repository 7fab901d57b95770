using Carillon.History;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Delivery;

/// <summary>
/// Gives the messages that wait for a stopped trigger their verdict, a thousand places of the queue per transaction, so that
/// others may write in between. The stop itself is a mark on the trigger, on disk before this begins: whatever this does not
/// come to (a message that is claimed just now, a process that dies in the middle) is dropped when its turn comes.
/// </summary>
public sealed class DropMessages(Database database, EventStore events, WorkspaceSource workspace, Telemetry telemetry, IHostApplicationLifetime lifetime, TimeProvider time)
{
    public const string Reason = "the trigger was stopped, and what waited was dropped";

    /// <summary>Places of the queue that are looked at in one transaction.</summary>
    public const int Step = 1000;

    /// <summary>Returns how many messages were dropped.</summary>
    /// <exception cref="UnknownOutcomeException">It broke off. The stop itself stands.</exception>
    public async Task<int> RunAsync(int triggerId)
    {
        try
        {
            return await DropAsync(triggerId);
        }
        catch (NothingDoneException broken)
        {
            throw new UnknownOutcomeException(broken);
        }
    }

    private async Task<int> DropAsync(int triggerId)
    {
        var dropped = 0;
        foreach (var place in Queues())
        {
            for (WaitingPlace? at = place; at is not null;)
            {
                // A stop of the process ends it; the marked trigger drops the rest.
                lifetime.ApplicationStopping.ThrowIfCancellationRequested();
                var after = at;
                var (skipped, next) = await database.WriteAsync(session => StepAsync(session, after, triggerId, lifetime.ApplicationStopping), lifetime.ApplicationStopping);
                telemetry.Deliveries.Add(skipped, new KeyValuePair<string, object?>("state", MessageState.Skipped.Word()));
                (dropped, at) = (dropped + skipped, next);
            }
        }
        return dropped;
    }

    /// <summary>Any of them: the trigger's resource may have had another sender when the message was made.</summary>
    private IEnumerable<WaitingPlace> Queues() =>
        from shard in Enumerable.Range(0, database.Shards)
        from sender in workspace.Current.Senders.Keys
        from priority in Enum.GetValues<MessagePriority>()
        select new WaitingPlace((short)shard, sender, priority);

    private async Task<(int Skipped, WaitingPlace? Next)> StepAsync(Session session, WaitingPlace after, int triggerId, CancellationToken cancel)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var (skipped, next) = await MessageStore.SkipWaitingAsync(session, after, triggerId, Reason, now, Step, cancel);
        await events.AppendAsync(session, skipped.Select(message => RecordVerdicts.EventOf(message, MessageState.Skipped, Reason, now)).OfType<Event>(), cancel);
        return (skipped.Count, next);
    }
}
