using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>A subscription as a caller gives it: absent members leave what is there. Or why it cannot be read.</summary>
public sealed record SubscriptionInput
{
    public required Subscription Subscription { get; init; }
    /// <summary>Null leaves the status of an existing subscription as it is.</summary>
    public SubscriptionStatus? Status { get; init; }
    public int? Priority { get; init; }
}

/// <summary>Reads subscriptions in all the forms the API takes: flat, in containers, with or without a channel.</summary>
public static class SubscriptionInputs
{
    /// <param name="where">The parameter, for the error's sentence.</param>
    public static (SubscriptionInput? Input, Refusal? Refusal) Read(JsonObject given, int databaseId, WorkspaceModel workspace, string where, long now)
    {
        if (Number(given["resource_id"]) is not { } resourceId) return Bad($"{where}.resource_id is required and must be a whole number");
        if (!workspace.Resources.TryGetValue(resourceId, out var resource)) return Bad($"{where}.resource_id: there is no resource {resourceId}");
        if (!resource.Databases.Contains(databaseId))
            return (null, Refusal.DatabaseNotInResource($"{where}.resource_id: database {databaseId} is not available in resource {resourceId}"));

        var (subscription, problem) = ReadContact(given, resourceId, now);
        if (subscription is null) return Bad($"{where}{problem}");

        if (given["status"] is not (null or JsonValue)) return Bad($"{where}.status must be a word or a number");
        SubscriptionStatus? status = null;
        if (Text(given["status"]) is { Length: > 0 } word && !SubscriptionStatuses.TryParse(word, out status)) return Bad($"{where}.status: '{ShortText.Cut(word)}' is not a status");
        var priority = Number(given["priority"]);
        if (given["priority"] is not null && priority is null or < -1) return Bad($"{where}.priority must be a whole number: 0 is the highest, -1 leaves it as it is");
        if (given["custom_fields"] is not (null or JsonObject or JsonArray { Count: 0 })) return Bad($"{where}.custom_fields must be an object");

        return (new SubscriptionInput
        {
            Status = status,
            Priority = priority == -1 ? null : priority,
            Subscription = subscription with
            {
                CustomFields = given["custom_fields"]?.DeepClone() as JsonObject,
                Categories = Categories(given["cats"]),
            },
        }, null);
    }

    private static (Subscription? Subscription, string Problem) ReadContact(JsonObject given, int resourceId, long now)
    {
        var word = Text(given["channel"]) is { Length: > 0 } named ? named : null;
        var channel = word is null ? Infer(given) : Channels.Find(word);
        if (channel is null) return (null, word is null ? ": the channel cannot be told; give channel, or email, phone or subscription_id" : $".channel: '{ShortText.Cut(word)}' is not a channel");
        var (contact, provider, data, problem) = channel switch
        {
            Channels.Email => EmailAddress.TryNormalise(Member(given, "email_data", "email"), out var email) ? (email, "", null, "") : (null, "", null, ".email is not an e-mail address"),
            Channels.Sms => PhoneNumber.TryNormalise(Member(given, "phone_data", "phone"), out var phone) ? (phone, "", null, "") : (null, "", null, ".phone is not a phone number"),
            Channels.Push => ReadPush(given),
            _ => ReadChannelData(given),
        };
        if (contact is null) return (null, problem);
        return (new Subscription { ResourceId = resourceId, Channel = channel, Contact = contact, Provider = provider, ChannelData = data, Created = now }, "");
    }

    private static (string?, string, JsonObject?, string) ReadPush(JsonObject given)
    {
        var token = Member(given, "push_data", "subscription_id");
        var provider = Member(given, "push_data", "provider");
        if (token is null) return (null, "", null, ".subscription_id is required for push");
        if (provider is null) return (null, "", null, ".provider is required for push");
        return Contacts.CanBeFound(token + provider, Contacts.MaxPushLength) ? (token, provider, null, "") : (null, "", null, ".subscription_id is not a push token");
    }

    private static (string?, string, JsonObject?, string) ReadChannelData(JsonObject given)
    {
        if (given["cc_data"] is JsonObject { Count: > 0 } data) return (Subscription.ContactOf(data), "", (JsonObject)data.DeepClone(), "");
        return PhoneNumber.TryNormalise(Member(given, "phone_data", "phone"), out var phone)
            ? ReadChannelData(new JsonObject { ["cc_data"] = new JsonObject { ["phone"] = phone } })
            : (null, "", null, ".cc_data is required for this channel");
    }

    private static string? Infer(JsonObject given)
    {
        if (Member(given, "email_data", "email") is not null) return Channels.Email;
        if (Member(given, "push_data", "subscription_id") is not null) return Channels.Push;
        return Member(given, "phone_data", "phone") is not null ? Channels.Sms : null;
    }

    /// <summary>A member, flat or in its container. An empty text is none.</summary>
    public static string? Member(JsonObject given, string container, string name) =>
        Text(given[name] ?? (given[container] as JsonObject)?[name]) is { Length: > 0 } text ? text : null;

    private static JsonArray? Categories(JsonNode? given) => given switch
    {
        null => null,
        JsonArray many => (JsonArray)many.DeepClone(),
        _ => [given.DeepClone()],
    };

    public static string? Text(JsonNode? value) => value is JsonValue scalar ? Contacts.MatchText(scalar) : null;

    private static int? Number(JsonNode? value) => int.TryParse(Text(value), out var number) ? number : null;

    private static (SubscriptionInput?, Refusal?) Bad(string text) => (null, Refusal.Invalid(text));
}
