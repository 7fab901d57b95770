using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;

namespace Carillon.Triggers;

/// <summary><c>GET /api/v2/launches/{id}</c> and <c>GET /api/v2/messages</c>: what became of it, and why.</summary>
public sealed class LaunchEndpoints(LaunchQueries queries)
{
    private const int MaxMessages = 1000;

    public async Task<IResult> GetLaunch(string id, CancellationToken cancel)
    {
        var found = await queries.FindLaunchAsync(id, MaxMessages, cancel);
        if (found is null) return Problem(404, $"There is no launch {Cut(id)}");
        var launch = found.Launch;
        var shown = new JsonObject
        {
            ["id"] = launch.Id, [launch.Kind == LaunchKind.Workflow ? "workflow_id" : "trigger_id"] = launch.ObjectId, ["token"] = launch.TokenName, ["request_id"] = launch.RequestId, ["created"] = Time(launch.Created),
            ["content"] = launch.Content?.DeepClone(), ["custom_data"] = launch.CustomData?.DeepClone(),
            ["attachments"] = new JsonArray([.. found.Files.Select(file => (JsonNode)new JsonObject { ["name"] = file.Name, ["media_type"] = file.MediaType, ["size"] = file.Size })]),
            ["trace"] = new JsonArray([.. launch.Trace.Select(remark => (JsonNode)remark)]),
            ["messages"] = Show(found.Page.Messages), ["next_before"] = found.Page.NextBefore,
        };
        if (launch.Audience is { } audience) shown["audience"] = Show(audience);
        return Results.Json(shown);
    }

    public async Task<IResult> SearchMessages(HttpRequest request, CancellationToken cancel)
    {
        var (search, problem) = ReadSearch(request.Query);
        if (search is null) return Problem(400, problem);
        var page = await queries.SearchAsync(search, cancel);
        return Results.Json(new JsonObject { ["messages"] = Show(page.Messages), ["next_before"] = page.NextBefore });
    }

    /// <summary>An error in the form of RFC 9457, as all answers of <c>/api/v2</c> tell one.</summary>
    public static IResult Problem(int status, string detail) => Results.Problem(detail: detail, statusCode: status);

    private static (MessageSearch? Search, string Problem) ReadSearch(IQueryCollection query)
    {
        string[] known = ["contact", "profile_id", "launch_id", "trigger_id", "state", "from", "to", "before", "limit", "token"];
        if (query.Keys.FirstOrDefault(key => !known.Contains(key)) is { } stray) return (null, $"'{Cut(stray)}' is not a condition; known are {string.Join(", ", known[..^1])}");
        string? One(string name) => query.TryGetValue(name, out var values) && values.Count > 0 ? values[0] : null;

        var limit = 100;
        if (One("limit") is { } most && (!int.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxMessages)) return (null, $"'limit' must be between 1 and {MaxMessages}");
        int? triggerId = null;
        if (One("trigger_id") is { } trigger)
        {
            if (!int.TryParse(trigger, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return (null, "'trigger_id' must be a whole number");
            triggerId = number;
        }
        MessageState? state = null;
        if (One("state") is { } word)
        {
            if (!Enum.TryParse<MessageState>(word, ignoreCase: true, out var parsed) || !Enum.IsDefined(parsed) || char.IsDigit(word[0])) return (null, $"'state' must be one of {string.Join(", ", Enum.GetValues<MessageState>().Select(one => one.Word()))}");
            state = parsed;
        }
        if (!ReadMoment(One("from"), out var from)) return (null, "'from' must be a date like 2026-02-22T21:00:00Z");
        if (!ReadMoment(One("to"), out var to)) return (null, "'to' must be a date like 2026-02-22T21:00:00Z");
        return (new MessageSearch
        {
            Contact = Normalise(One("contact")), ProfileId = One("profile_id"), LaunchId = One("launch_id"), TriggerId = triggerId, State = state, From = from, To = to, Before = One("before"), Most = limit,
        }, "");
    }

    private static bool ReadMoment(string? text, out DateTimeOffset? moment)
    {
        moment = null;
        if (text is null) return true;
        if (!Moments.TryParse(text, out var parsed)) return false;
        moment = parsed;
        return true;
    }

    private static string? Normalise(string? contact)
    {
        if (contact is null) return null;
        if (EmailAddress.TryNormalise(contact, out var email)) return email;
        return PhoneNumber.TryNormalise(contact, out var phone) ? phone : contact;
    }

    private static JsonObject Show(LaunchAudience audience)
    {
        var shown = new JsonObject
        {
            ["state"] = audience.State, ["found"] = audience.Found, ["launched"] = audience.Found - audience.Skipped, ["skipped"] = audience.Skipped, ["task_id"] = audience.TaskId,
        };
        if (audience.Reason is not null) shown["reason"] = audience.Reason;
        return shown;
    }

    private static JsonArray Show(IReadOnlyList<MessageFound> messages) => new([.. messages.Select(item => (JsonNode)Show(item.Message, item.Attempts))]);

    private static JsonObject Show(Message message, IReadOnlyList<Attempt> attempts) => new()
    {
        ["id"] = message.Id, ["launch_id"] = message.LaunchId, ["profile_id"] = message.ProfileId, ["db_id"] = message.DatabaseId,
        ["trigger_id"] = message.TriggerId, ["workflow_id"] = message.WorkflowId, ["run_id"] = message.RunId, ["resource_id"] = message.ResourceId, ["channel"] = message.Channel, ["contact"] = message.Contact, ["sender_id"] = message.SenderId,
        ["state"] = message.State.Word(), ["reason"] = message.Reason, ["created"] = Time(message.Created), ["run_at"] = Time(message.RunAt),
        ["expires_at"] = Time(message.ExpiresAt), ["updated"] = Time(message.Updated),
        ["attempts"] = new JsonArray([.. attempts.Select(attempt => (JsonNode)new JsonObject
        {
            ["number"] = attempt.Number, ["sender_id"] = attempt.SenderId, ["started"] = Time(attempt.Started), ["finished"] = Time(attempt.Finished),
            ["outcome"] = attempt.Outcome, ["reply"] = attempt.Reply,
        })]),
    };

    private static string Time(long milliseconds) => Moments.Write(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));

    private static string Cut(string text) => text.Length <= 60 ? text : text[..60] + "...";
}
