using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>A profile's consent to be reached by one contact on one channel of one resource.</summary>
public sealed record Subscription
{
    public required int ResourceId { get; init; }
    public required string Channel { get; init; }
    /// <summary>The contact, normalised: an e-mail address, a phone number, a push token, or the text of <c>cc_data</c>.</summary>
    public required string Contact { get; init; }
    /// <summary>Who issued the push token; empty on other channels.</summary>
    public string Provider { get; init; } = "";
    public SubscriptionStatus Status { get; init; }
    /// <summary>0 is the highest.</summary>
    public int Priority { get; init; }
    /// <summary>When it was made, in milliseconds since 1970.</summary>
    public long Created { get; init; }
    public JsonObject? CustomFields { get; init; }
    public JsonArray? Categories { get; init; }
    public JsonObject? ChannelData { get; init; }

    /// <summary>Eight hex digits that name the subscription inside its profile.</summary>
    public string HashId => ((uint)XxHash64.Of($"{ResourceId}\n{Channel}\n{Provider.ToLowerInvariant()}\n{Contact}")).ToString("x8", CultureInfo.InvariantCulture);

    public bool SameAs(Subscription other) => ResourceId == other.ResourceId && Channel == other.Channel
        && Contact == other.Contact && Provider.Equals(other.Provider, StringComparison.OrdinalIgnoreCase);

    /// <summary>One text for the same contact, whether the id came as a number (JSON) or as text (XML), and in any order of the members.</summary>
    public static string ContactOf(JsonObject channelData)
    {
        var members = channelData.OrderBy(member => member.Key, StringComparer.Ordinal);
        return new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, member.Value is JsonValue scalar ? Contacts.MatchText(scalar) : member.Value?.DeepClone()))).ToJsonString();
    }

    /// <summary>The flat form: what is stored, and what templates and filters see.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["resource_id"] = ResourceId, ["channel"] = Channel };
        AddContact(json);
        json["status"] = Status.Word();
        json["priority"] = Priority;
        json["created"] = Created;
        json["hash_id"] = HashId;
        if (CustomFields is not null) json["custom_fields"] = CustomFields.DeepClone();
        if (Categories is not null) json["cats"] = Categories.DeepClone();
        return json;
    }

    private void AddContact(JsonObject json)
    {
        switch (Channel)
        {
            case Channels.Email: json["email"] = Contact; break;
            case Channels.Sms: json["phone"] = Contact; break;
            case Channels.Push: json["provider"] = Provider; json["subscription_id"] = Contact; break;
            default: json["cc_data"] = ChannelData?.DeepClone(); break;
        }
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static Subscription FromJson(JsonObject json)
    {
        var channel = (string)json["channel"]!;
        var data = json["cc_data"] as JsonObject;
        return new Subscription
        {
            ResourceId = (int)json["resource_id"]!,
            Channel = channel,
            Contact = channel switch
            {
                Channels.Email => (string)json["email"]!,
                Channels.Sms => (string)json["phone"]!,
                Channels.Push => (string)json["subscription_id"]!,
                _ => data is null ? "" : ContactOf(data),
            },
            Provider = (string?)json["provider"] ?? "",
            Status = SubscriptionStatuses.TryParse((string)json["status"]!, out var status) ? status ?? default : default,
            Priority = (int)json["priority"]!,
            Created = (long)json["created"]!,
            CustomFields = json["custom_fields"]?.DeepClone() as JsonObject,
            Categories = json["cats"]?.DeepClone() as JsonArray,
            ChannelData = data?.DeepClone() as JsonObject,
        };
    }
}
