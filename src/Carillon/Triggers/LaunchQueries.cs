using System.Globalization;
using System.Text;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Triggers;

/// <summary>Reads what became of launches and messages.</summary>
public sealed class LaunchQueries(Database database, WideSearches searches, WorkspaceSource workspace)
{
    /// <summary>By how much a message's id may be older than its moment says, where clocks disagree.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromHours(1);

    private static readonly string[] ContactKinds = [Contacts.Email, Contacts.Phone];

    private static readonly SetStatement<Message> SelectAttempts = new("""
        SELECT a.message_id, a.number, a.sender_id, a.started, a.finished, a.outcome, a.reply
        FROM {set} JOIN attempts a ON a.shard = r.shard AND a.message_id = r.id ORDER BY a.message_id, a.number
        """, new("shard", SqlType.SmallInt, m => m.Shard), new("id", SqlType.Text, m => m.Id));

    public Task<LaunchFound?> FindLaunchAsync(string id, int most, CancellationToken cancel) => database.ReadAsync(async session =>
    {
        var launch = (await LaunchStore.LoadAsync(session, database, [id], cancel)).SingleOrDefault();
        if (launch is null) return null;
        var files = await LaunchStore.DescribeAttachmentsAsync(session, launch, cancel);
        var page = await PageAsync(session, new MessageSearch { LaunchId = id, Most = most }, ShardsOf(launch), null, cancel);
        if (launch.Audience is { State: "expanding", TaskId: { } taskId }) launch = launch with { Audience = await ProgressAsync(session, taskId, cancel) };
        return new LaunchFound(launch, files, page);
    }, cancel);

    /// <summary>Where the messages of a launch stand: with it, or each with its profile.</summary>
    private IEnumerable<short> ShardsOf(Launch launch) => launch.Bulk ? AllShards : [launch.Shard];

    private IEnumerable<short> AllShards => Enumerable.Range(0, database.Shards).Select(shard => (short)shard);

    private async Task<LaunchAudience> ProgressAsync(Session session, string taskId, CancellationToken cancel)
    {
        var task = await TaskStore.FindAsync(session, database, taskId, cancel);
        if (task is null) return new LaunchAudience(0, 0, taskId, "failed");
        return new LaunchAudience(task.Done, ExpansionCursor.Read(task.Cursor).Skipped, taskId, "expanding") { Reason = task.Reason.Length > 0 ? task.Reason : null };
    }

    /// <summary>Newest first, and where to read on.</summary>
    public Task<MessagePage> SearchAsync(MessageSearch search, CancellationToken cancel) => searches.RunAsync(async session =>
    {
        // No message is made before the moment that it is dated.
        if (search.From is { } from) search = search with { Since = Ids.At(from.ToUnixTimeMilliseconds() - (long)Slack.TotalMilliseconds) };
        if (search.Contact is not null)
        {
            List<Message> messages = [];
            foreach (var holder in await HoldersAsync(session, search, cancel))
                messages.AddRange(await SelectAsync(session, search with { ProfileId = holder }, database.ShardOfId(holder), cancel));
            return await PageAsync(session, search, messages, null, cancel);
        }
        if (search.ProfileId is { } profileId) return await PageAsync(session, search, [database.ShardOfId(profileId)], null, cancel);
        if (search.LaunchId is { } launchId)
        {
            var launch = (await LaunchStore.LoadAsync(session, database, [launchId], cancel)).SingleOrDefault();
            return await PageAsync(session, search, launch is null ? [] : ShardsOf(launch), null, cancel);
        }
        var end = search.IsWide ? await searches.EndAsync(session, "messages", search.Since, search.Before, cancel) : null;
        return await PageAsync(session, search with { Since = end ?? search.Since }, AllShards, end, cancel);
    }, cancel);

    private async Task<MessagePage> PageAsync(Session session, MessageSearch search, IEnumerable<short> shards, string? end, CancellationToken cancel)
    {
        List<Message> messages = [];
        foreach (var shard in shards) messages.AddRange(await SelectAsync(session, search, shard, cancel));
        return await PageAsync(session, search, messages, end, cancel);
    }

    /// <param name="end">The id down to which was looked, where that is not all.</param>
    private static async Task<MessagePage> PageAsync(Session session, MessageSearch search, List<Message> messages, string? end, CancellationToken cancel)
    {
        var page = messages.OrderByDescending(message => message.Id, StringComparer.Ordinal).Take(search.Most).ToList();
        var attempts = await AttemptsAsync(session, page, cancel);
        return new MessagePage(page.ConvertAll(message => new MessageFound(message, attempts.GetValueOrDefault(message.Id) ?? [])), page.Count == search.Most ? page[^1].Id : end);
    }

    private static Task<List<Message>> SelectAsync(Session session, MessageSearch search, short shard, CancellationToken cancel) =>
        session.QueryAsync(Statement(search), MessageStore.Read, cancel, [.. Values(search, shard)]);

    /// <summary>Messages go to contacts of subscriptions, and a subscription does not vanish: whoever got a message still has the contact.</summary>
    private async Task<IEnumerable<string>> HoldersAsync(Session session, MessageSearch search, CancellationToken cancel)
    {
        var keys = workspace.Current.Databases.Keys.SelectMany(id => ContactKinds.Select(kind => new ContactKey(id, kind, search.Contact!)));
        var rows = await ProfileStore.FindContactsAsync(session, database, keys, cancel);
        return rows.Select(row => row.ProfileId).Distinct().Where(id => search.ProfileId is null || id == search.ProfileId);
    }

    private static async Task<Dictionary<string, List<Attempt>>> AttemptsAsync(Session session, IReadOnlyList<Message> messages, CancellationToken cancel)
    {
        var rows = await session.QuerySetAsync(SelectAttempts, messages, row => (MessageId: row.GetString(0),
            Attempt: new Attempt(row.GetInt32(1), row.GetInt32(2), row.GetInt64(3), row.GetInt64(4), row.GetString(5), row.GetString(6))), cancel);
        return rows.GroupBy(row => row.MessageId).ToDictionary(group => group.Key, group => group.Select(row => row.Attempt).ToList());
    }

    /// <summary>The conditions are constants that are chosen; values are parameters only.</summary>
    private static string Statement(MessageSearch search)
    {
        var sql = new StringBuilder($"SELECT {MessageStore.Columns} FROM messages WHERE shard = @shard");
        if (search.Contact is not null) sql.Append(" AND contact = @contact");
        if (search.ProfileId is not null) sql.Append(" AND profile_id = @profile_id");
        if (search.LaunchId is not null) sql.Append(" AND launch_id = @launch_id");
        if (search.TriggerId is not null) sql.Append(" AND trigger_id = @trigger_id");
        if (search.State is { } state) sql.Append(Is("state", state));
        if (search.From is not null) sql.Append(" AND created >= @from");
        if (search.To is not null) sql.Append(" AND created < @to");
        if (search.Before is not null) sql.Append(" AND id < @before");
        if (search.Since is not null) sql.Append(" AND id >= @since");
        if (search.OnlyState) sql.Append(InState(search));
        return sql.Append(" ORDER BY id DESC LIMIT @most").ToString();
    }

    /// <summary>The index of a state is most surely taken where nothing but ids is read.</summary>
    private static string InState(MessageSearch search)
    {
        var before = search.Before is null ? "" : " AND w.id < @before";
        return $" AND id IN (SELECT w.id FROM messages w WHERE w.shard = @shard{Is("w.state", search.State!.Value)}{before} ORDER BY w.id DESC LIMIT @most)";
    }

    /// <summary>A state's index is taken only where the text names the state.</summary>
    private static string Is(string column, MessageState state) => string.Create(CultureInfo.InvariantCulture, $" AND {column} = {(int)state}");

    private static IEnumerable<(string, object?)> Values(MessageSearch search, short shard)
    {
        yield return ("shard", shard);
        if (search.Contact is not null) yield return ("contact", search.Contact);
        if (search.ProfileId is not null) yield return ("profile_id", search.ProfileId);
        if (search.LaunchId is not null) yield return ("launch_id", search.LaunchId);
        if (search.TriggerId is not null) yield return ("trigger_id", search.TriggerId);
        if (search.From is not null) yield return ("from", search.From.Value.ToUnixTimeMilliseconds());
        if (search.To is not null) yield return ("to", search.To.Value.ToUnixTimeMilliseconds());
        if (search.Before is not null) yield return ("before", search.Before);
        if (search.Since is not null) yield return ("since", search.Since);
        yield return ("most", search.Most);
    }
}

public sealed record LaunchFound(Launch Launch, IReadOnlyList<(string Name, string MediaType, long Size)> Files, MessagePage Page);

public sealed record MessageFound(Message Message, IReadOnlyList<Attempt> Attempts);

/// <param name="NextBefore">Give it as <see cref="MessageSearch.Before"/> to read on, also where a page is not full or empty; null when there is no more.</param>
public sealed record MessagePage(IReadOnlyList<MessageFound> Messages, string? NextBefore);

/// <summary>What messages are looked for; absent conditions do not narrow.</summary>
public sealed record MessageSearch
{
    public string? Contact { get; init; }
    public string? ProfileId { get; init; }
    public string? LaunchId { get; init; }
    public int? TriggerId { get; init; }
    public MessageState? State { get; init; }
    /// <summary>Launched at this moment or later.</summary>
    public DateTimeOffset? From { get; init; }
    /// <summary>Launched before this moment.</summary>
    public DateTimeOffset? To { get; init; }
    public string? Before { get; init; }
    /// <summary>The smallest id that is looked at.</summary>
    public string? Since { get; init; }
    /// <summary>No index leads to those that are meant, and they may be few among many.</summary>
    public bool IsWide => Contact is null && ProfileId is null && LaunchId is null && !IsIndexed && (State is not null || TriggerId is not null || From is not null || To is not null);
    /// <summary>Whatever is in a state that has an index.</summary>
    public bool OnlyState => IsIndexed && Contact is null && ProfileId is null && LaunchId is null && TriggerId is null && From is null && To is null;
    /// <summary>What waits or wants a person is in indexes of its own.</summary>
    private bool IsIndexed => State is MessageState.Queued or MessageState.Sending or MessageState.Failed or MessageState.Unknown;
    public required int Most { get; init; }
}
