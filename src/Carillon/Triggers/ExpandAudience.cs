using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Query;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>
/// A launch to more profiles than fit one transaction: a task that looks at every profile of its database, in the order of shard and
/// id, and writes messages for those who match. A profile never changes its place in that order, and the messages of a piece are
/// written with the cursor, so nobody is missed and nobody is launched to twice, whatever dies.
/// </summary>
public sealed class ExpandAudience(Database database, WorkspaceSource workspace, QueueSignal signal, Ids ids)
{
    /// <summary>The name of the kind.</summary>
    public const string Kind = "launch_audience";

    /// <summary>Rows that one turn looks at.</summary>
    private const int Piece = 500;

    public static JsonObject Terms(LaunchRequest request, Launch launch, long runAt, long expiresAt) => new()
    {
        ["launch_id"] = launch.Id, ["trigger_id"] = request.Trigger.Id, ["custom_request"] = request.Audience!.Document.DeepClone(),
        ["launched"] = launch.Created, ["run_at"] = runAt, ["expires_at"] = expiresAt,
    };

    public async Task<TaskStep> RunAsync(Session session, TaskTurn turn, CancellationToken cancel)
    {
        if (turn.Fault is not null) throw new InvalidOperationException("The expansion of an audience failed at one profile", turn.Fault);
        var terms = turn.Task.Terms;
        var model = workspace.Current;
        if (!model.Triggers.TryGetValue((int)terms["trigger_id"]!, out var trigger)) return Over(turn, $"There is no trigger {terms["trigger_id"]} any more");
        var (query, problem) = ProfileQuery.Parse((JsonObject)terms["custom_request"]!, model.Databases[trigger.Database]);
        if (query is null) return Over(turn, problem);

        // 1. Who of the next profiles matches? Those who came after the launch are not meant.
        var cursor = ExpansionCursor.Read(turn.Task.Cursor);
        var sql = FilterSql.Of(query.Filter, database.Dialect);
        var page = await ProfileSearch.ReadPageAsync(session, database, query, sql, cursor.At, turn.Most == 1 ? 1 : Piece, cancel);
        var meant = page.Found.Where(profile => profile.Created <= (long)terms["launched"]!).ToList();

        // 2. Which subscription of each?
        var resource = model.Resources[trigger.Resource];
        var messages = meant.Select(profile => Message(terms, trigger, resource, profile)).OfType<Message>().ToList();
        await MessageStore.EnqueueAsync(session, messages, cancel);

        // 3. Where does the next turn go on? The last one, which finds nobody, keeps the counts with the launch.
        var next = cursor with { At = page.Next ?? cursor.At, Skipped = cursor.Skipped + meant.Count - messages.Count };
        if (page.Next is null) await CompleteAsync(session, turn.Task, next, cancel);
        return new TaskStep
        {
            Cursor = page.Next is null ? null : next.ToString(), Done = meant.Count, Total = page.Next is null ? turn.Task.Done : null,
            Committed = () => Wake(messages),
        };
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

    private async Task CompleteAsync(Session session, StoredTask task, ExpansionCursor cursor, CancellationToken cancel)
    {
        var launch = (await LaunchStore.LoadAsync(session, database, [(string)task.Terms["launch_id"]!], cancel)).SingleOrDefault();
        // The launch of a call with many items has no audience of its own; the task tells how many they were.
        if (launch?.Audience is not null) await LaunchStore.KeepAudienceAsync(session, launch with { Audience = new LaunchAudience(task.Done, cursor.Skipped, task.Id, "complete") }, cancel);
    }

    private static TaskStep Over(TaskTurn turn, string reason) => new() { Cursor = null, Results = [new TaskResult(turn.Task.Done, 404, reason, null)] };

    private void Wake(List<Message> messages)
    {
        foreach (var (sender, shard) in messages.Select(message => (message.SenderId, message.Shard)).Distinct()) signal.Wake(sender, shard);
    }
}

/// <summary>Where an expansion stands, and how many it passed over.</summary>
public sealed record ExpansionCursor(ProfileCursor At, long Skipped)
{
    public static ExpansionCursor Read(string text)
    {
        if (text.Length == 0) return new ExpansionCursor(ProfileCursor.Start, 0);
        var parts = text.Split(' ');
        return new ExpansionCursor(new ProfileCursor(short.Parse(parts[0], CultureInfo.InvariantCulture), parts[2]), long.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.Shard} {Skipped} {At.After}");
}
