using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Carillon.Templates;

/// <summary>What the language knows about subscriptions beyond the fields they carry.</summary>
internal static class Subscriptions
{
    /// <summary><c>subscription.name</c>: a field of the subscription being sent to, or a list over all that are subscribed.</summary>
    public static Value Field(string name, Renderer renderer)
    {
        var current = renderer.Scope.Subscription;
        if (current?[name] is { } own)
            return Value.Of(own);
        return name switch
        {
            "email_domain" => Domain(current, renderer),
            "email_md5" => Md5(TextOf(current, "email", renderer)),
            "phone_md5" => Md5(TextOf(current, "phone", renderer)),
            "emails" => Contacts("email", "email", renderer),
            "phones" => Contacts("sms", "phone", renderer),
            "pushes" => Contacts("push", "subscription_id", renderer),
            _ => default,
        };
    }

    /// <summary>Subscribed ones first, then by priority (0 is highest), then the newest, which stands last in the profile.</summary>
    public static Value BestField(string channel, string field, string? resource, Renderer renderer)
    {
        JsonObject? best = null;
        var bestRank = (Unwilling: true, Priority: decimal.MaxValue);
        foreach (var candidate in All(renderer))
        {
            if (!IsOf(candidate, channel, renderer))
                continue;
            if (resource is not null && TextOf(candidate, "resource_id", renderer) != resource)
                continue;
            var rank = (!IsSubscribed(candidate, renderer), Priority(candidate));
            if (best is not null && rank.CompareTo(bestRank) > 0)
                continue;
            (best, bestRank) = (candidate, rank);
        }
        return best is null ? default : FieldOf(best, field, renderer);
    }

    static Value FieldOf(JsonObject subscription, string field, Renderer renderer) => field switch
    {
        "domain" => Domain(subscription, renderer),
        "md5" => Md5(TextOf(subscription, subscription.ContainsKey("email") ? "email" : "phone", renderer)),
        _ => Value.Of(subscription[field] ?? (subscription["custom_fields"] as JsonObject)?[field]),
    };

    static Value Contacts(string channel, string field, Renderer renderer)
    {
        var contacts = new List<JsonNode?>();
        foreach (var subscription in All(renderer))
        {
            if (IsOf(subscription, channel, renderer) && IsSubscribed(subscription, renderer) && subscription[field] is { } contact)
                contacts.Add(contact);
        }
        return Value.Of(contacts.DistinctBy(contact => Value.Of(contact).ToText()).ToList());
    }

    static IEnumerable<JsonObject> All(Renderer renderer)
    {
        if (renderer.Scope.Lead["subscriptions"] is not JsonArray subscriptions)
            yield break;
        foreach (var subscription in subscriptions)
        {
            renderer.Spend(1);
            if (renderer.Stopped)
                yield break;
            if (subscription is JsonObject fields)
                yield return fields;
        }
    }

    static bool IsOf(JsonObject subscription, string channel, Renderer renderer) =>
        Channel(TextOf(subscription, "channel", renderer)) == channel;

    /// <summary>The API accepts "phone" for "sms".</summary>
    public static string Channel(string word) => word == "phone" ? "sms" : word;

    static bool IsSubscribed(JsonObject subscription, Renderer renderer) =>
        TextOf(subscription, "status", renderer) is "" or "0" or "subscribed";

    static decimal Priority(JsonObject subscription) =>
        Value.Of(subscription["priority"]).TryDecimal(out var priority) ? priority : 0;

    static Value Domain(JsonObject? subscription, Renderer renderer)
    {
        var email = TextOf(subscription, "email", renderer);
        var at = email.LastIndexOf('@');
        return at < 0 ? default : Value.Of(email[(at + 1)..]);
    }

    // The original gives MD5 of contacts to templates as an identifier; it protects nothing.
#pragma warning disable CA5351
    static Value Md5(string contact) => contact.Length == 0
        ? default
        : Value.Of(Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(contact))));
#pragma warning restore CA5351

    static string TextOf(JsonObject? fields, string name, Renderer renderer) => renderer.Read(fields?[name]).ToText();
}
