using System.Text.Json.Nodes;

namespace Carillon.Profiles;

/// <summary>On import, a mode's key that is not at the root of the call is taken from the data.</summary>
public static class KeysOfData
{
    public static MatchKeys Complete(MatchKeys keys, JsonObject data) => keys.Mode switch
    {
        "email" => keys with { Email = keys.Email ?? ProfileEmail(data) ?? SubscriptionEmail(data) },
        "email_profile" => keys with { Email = keys.Email ?? ProfileEmail(data) },
        "email_sub" => keys with { Email = keys.Email ?? SubscriptionEmail(data) },
        "phone" => keys with { Phone = keys.Phone ?? ProfilePhone(data) ?? SubscriptionPhone(data) },
        "phone_sub" => keys with { Phone = keys.Phone ?? SubscriptionPhone(data) },
        "email_phone" when keys is { Email: null, Phone: null } => keys with
        {
            Email = ProfileEmail(data) ?? SubscriptionEmail(data), Phone = ProfilePhone(data) ?? SubscriptionPhone(data),
        },
        "email_phone_sub" when keys is { Email: null, Phone: null } => keys with { Email = SubscriptionEmail(data), Phone = SubscriptionPhone(data) },
        "profile_id" => keys with { ProfileId = keys.ProfileId ?? Text(data["id"]) ?? Text(data["_id"]) },
        "custom" or "field_name" when keys.FieldName is { } name => keys with { FieldValue = keys.FieldValue ?? TextOrTags(data[name]) },
        "custom_sub" when keys.FieldName is { } name => keys with { FieldValue = keys.FieldValue ?? SubscriptionField(data, name) },
        "push_sub" or "push_data" when keys is { Provider: null, SubscriptionId: null } => PushOf(keys, data),
        _ => keys,
    };

    private static string? ProfileEmail(JsonObject data) =>
        Text(data["email"]) is { } own && !SystemFields.IsNoEmail(own) ? own : null;

    private static string? ProfilePhone(JsonObject data) => Text(data["phones"] is JsonArray phones ? phones.FirstOrDefault() : data["phones"]);

    private static string? SubscriptionEmail(JsonObject data) => Of(data, "email_data", "email");

    private static string? SubscriptionPhone(JsonObject data) => Of(data, "phone_data", "phone");

    /// <summary>The provider and the token of one and the same subscription.</summary>
    private static MatchKeys PushOf(MatchKeys keys, JsonObject data)
    {
        var push = Subscriptions(data).FirstOrDefault(given => SubscriptionInputs.Member(given, "push_data", "subscription_id") is not null);
        return push is null ? keys : keys with
        {
            Provider = SubscriptionInputs.Member(push, "push_data", "provider"), SubscriptionId = SubscriptionInputs.Member(push, "push_data", "subscription_id"),
        };
    }

    private static string? SubscriptionField(JsonObject data, string name) => Subscriptions(data)
        .Select(given => TextOrTags((given["cc_data"] as JsonObject)?[name] ?? (given["custom_fields"] as JsonObject)?[name]))
        .FirstOrDefault(text => text is not null);

    private static string? Of(JsonObject data, string container, string name) => Subscriptions(data)
        .Select(given => SubscriptionInputs.Member(given, container, name)).FirstOrDefault(text => text is not null);

    private static IEnumerable<JsonObject> Subscriptions(JsonObject data) => data["subscriptions"] switch
    {
        JsonArray many => many.OfType<JsonObject>(),
        JsonObject one => [one],
        _ => [],
    };

    private static string? TextOrTags(JsonNode? value) => value is JsonArray tags ? string.Join(",", tags.Select(Text)) : Text(value);

    /// <summary>An empty text is no key.</summary>
    private static string? Text(JsonNode? value) => SubscriptionInputs.Text(value) is { Length: > 0 } text ? text : null;
}
