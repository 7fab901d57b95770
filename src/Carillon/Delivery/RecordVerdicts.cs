using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Queue;
using Carillon.Storage;

namespace Carillon.Delivery;

/// <summary>Writes verdicts down: the message's state, the try on the wire and the event, in one transaction per group.</summary>
public sealed class RecordVerdicts : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly EventStore _events;
    private readonly Batcher<Recorded, bool> _batcher;
    private readonly Batcher<(Message, string Owner), bool> _marks;

    public RecordVerdicts(Database database, EventStore events, Telemetry telemetry)
    {
        _events = events;
        _batcher = new Batcher<Recorded, bool>(database, WriteAsync, committed: (recorded, _) =>
        {
            foreach (var one in recorded)
            {
                var state = new KeyValuePair<string, object?>("state", one.Verdict.Next.Word());
                telemetry.Deliveries.Add(1, state);
                telemetry.DeliverySeconds.Record((one.Now - one.Message.RunAt) / 1000.0, state);
            }
            Committed?.Invoke(recorded);
        });
        _marks = new Batcher<(Message, string), bool>(database, MarkAsync);
    }

    /// <summary>Raised after verdicts are on disk.</summary>
    public event Action<IReadOnlyList<Recorded>>? Committed;

    public Task RecordAsync(Recorded recorded) => _batcher.RunAsync(recorded, CancellationToken.None);

    /// <summary>Returns when the disk knows that the message goes on the wire; false when the claim was lost, and it must not.</summary>
    public Task<bool> MarkOnWireAsync(Message message, string owner) => _marks.RunAsync((message, owner), CancellationToken.None);

    /// <summary>The event that tells a verdict in history; null where nothing came to an end.</summary>
    public static Event? EventOf(Message message, MessageState next, string reason, long now)
    {
        var kind = next switch
        {
            MessageState.Sent => EventKinds.Send,
            MessageState.Failed or MessageState.Expired => EventKinds.Undeliverable,
            MessageState.Skipped => EventKinds.Suppress,
            MessageState.Unknown => EventKinds.Unknown,
            _ => null,
        };
        if (kind is null) return null;
        return new Event
        {
            ProfileId = message.ProfileId, DatabaseId = message.DatabaseId, Kind = kind, Time = now, LaunchId = message.LaunchId, MessageId = message.Id,
            RunId = message.RunId, Document = DocumentOf(message, reason).ToJsonString(Compact),
        };
    }

    private static JsonObject DocumentOf(Message message, string reason)
    {
        var document = message.WorkflowId > 0
            ? new JsonObject { ["workflow_id"] = message.WorkflowId, ["run_id"] = message.RunId }
            : new JsonObject { ["trigger_id"] = message.TriggerId };
        document["resource_id"] = message.ResourceId;
        document["channel"] = message.Channel;
        document["contact"] = message.Contact;
        document["reason"] = reason;
        return document;
    }

    public async ValueTask DisposeAsync()
    {
        await _marks.DisposeAsync();
        await _batcher.DisposeAsync();
    }

    private async Task<bool[]> WriteAsync(Session session, IReadOnlyList<Recorded> verdicts, CancellationToken cancel)
    {
        var held = await MessageStore.FinishAsync(session, verdicts, cancel);
        // Which claim of several was lost shows when each is written alone; a lost one leaves its try, but no event.
        if (held != verdicts.Count && verdicts.Count > 1) throw new LostClaimException();
        if (held == 0) return [false];
        await _events.AppendAsync(session, verdicts.Select(recorded => EventOf(recorded.Message, recorded.Verdict.Next, recorded.Verdict.Reason, recorded.Now)).OfType<Event>(), cancel);
        return new bool[verdicts.Count];
    }

    private static async Task<bool[]> MarkAsync(Session session, IReadOnlyList<(Message, string)> messages, CancellationToken cancel)
    {
        var held = await MessageStore.MarkOnWireAsync(session, messages, cancel);
        if (held != messages.Count && messages.Count > 1) throw new LostClaimException();
        return [.. messages.Select(_ => held > 0)];
    }
}

/// <summary>Sends a group back to be written one by one.</summary>
internal sealed class LostClaimException() : Exception("A claim of the group was lost");
