using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>What a lookup looks for: a value of a kind in a database. Values are normalised.</summary>
public readonly record struct ContactKey(int DatabaseId, string Kind, string Value);

/// <summary>A contact that a profile has.</summary>
/// <param name="Place">Where it stands in the profile.</param>
/// <param name="Unique">Whether no other profile of the database may own it.</param>
public readonly record struct Contact(ContactKey Key, ContactPlace Place, bool Unique);

[Flags]
public enum ContactPlace { None = 0, Profile = 1, Subscription = 2 }

/// <summary>Which contacts a profile has: everything it can be found by.</summary>
public static class Contacts
{
    public const string Email = "email";
    public const string Phone = "phone";
    public const string Push = "push";

    /// <summary>Longer values are not indexed: <see cref="FieldValues"/> refuses them in matchable fields.</summary>
    public const int MaxLength = 512;

    /// <summary>Of a push token together with its provider.</summary>
    public const int MaxPushLength = 4096;

    public static string OfField(string field) => "field:" + field;

    /// <summary>Fields of subscriptions on channels of one's own (<c>cc_data</c>, <c>custom_fields</c>).</summary>
    public static string OfSubscriptionField(string field) => "sub:" + field;

    public static string PushValue(string provider, string token) => provider.ToLowerInvariant() + "\n" + token;

    public static Dictionary<ContactKey, Contact> Of(Profile profile, ProfileDatabase database)
    {
        var found = new Dictionary<ContactKey, Contact>();
        void Add(string kind, string value, ContactPlace place, bool unique = false)
        {
            var key = new ContactKey(profile.DatabaseId, kind, value);
            var known = found.TryGetValue(key, out var there) ? there : new Contact(key, ContactPlace.None, false);
            found[key] = new Contact(key, known.Place | place, known.Unique || unique);
        }

        if (profile.Email is { } email)
        {
            Add(Email, email, ContactPlace.Profile, unique: true);
            if (database.EmailHashes)
            {
                Add(EmailHash.Md5Kind, EmailHash.Md5(email), ContactPlace.Profile);
                Add(EmailHash.XxhKind, EmailHash.Xxh(email), ContactPlace.Profile);
            }
        }
        foreach (var phone in profile.Phones) Add(Phone, phone, ContactPlace.Profile);
        foreach (var field in database.MatchableFields)
        {
            foreach (var value in MatchableValues(profile.Fields[field.Name])) Add(OfField(field.Name), value, ContactPlace.Profile, field.Unique);
        }
        foreach (var subscription in profile.Subscriptions) AddSubscription(subscription, Add);
        return found;
    }

    private static void AddSubscription(Subscription subscription, Action<string, string, ContactPlace, bool> add)
    {
        switch (subscription.Channel)
        {
            case Channels.Email: add(Email, subscription.Contact, ContactPlace.Subscription, false); break;
            case Channels.Sms: add(Phone, subscription.Contact, ContactPlace.Subscription, false); break;
            case Channels.Push: add(Push, PushValue(subscription.Provider, subscription.Contact), ContactPlace.Subscription, false); break;
            default:
                foreach (var (name, value) in (subscription.ChannelData ?? []).Concat(subscription.CustomFields ?? []))
                {
                    if (!CanBeFound(name)) continue;
                    foreach (var text in MatchableValues(value)) add(OfSubscriptionField(name), text, ContactPlace.Subscription, false);
                }
                break;
        }
    }

    /// <summary>The texts that a value is found by: each tag of a list, or the one value.</summary>
    private static IEnumerable<string> MatchableValues(JsonNode? value) => value switch
    {
        JsonArray tags => tags.SelectMany(MatchableValues).Distinct(),
        JsonValue scalar when MatchText(scalar) is { Length: > 0 } text && CanBeFound(text) => [text],
        _ => [],
    };

    /// <summary>NUL ends a text in one database and is refused by another: no lookup may hold it.</summary>
    public static bool CanBeFound(string text, int longest = MaxLength) => text.Length <= longest && !text.Contains('\0');

    /// <summary>One text per value, whatever wrote it: the number 84 and the text "84" are found by each other.</summary>
    public static string MatchText(JsonValue value) =>
        value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
}
