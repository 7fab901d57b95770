using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>How a profile is looked for: one of the API's modes with its keys, normalised.</summary>
public sealed record ProfileMatch
{
    private static readonly ContactPlace[] InProfile = [ContactPlace.Profile];
    private static readonly ContactPlace[] InSubscription = [ContactPlace.Subscription];
    private static readonly ContactPlace[] InBoth = [ContactPlace.Profile, ContactPlace.Subscription];

    public required int DatabaseId { get; init; }
    public required MatchMode Mode { get; init; }
    /// <summary>The contacts to look up. Any of them may match, except for tags, which must all match.</summary>
    public IReadOnlyList<ContactKey> Keys { get; init; } = [];
    public string? ProfileId { get; init; }
    /// <summary>Narrows the search by e-mail and phone to subscriptions of this resource.</summary>
    public int? ResourceId { get; init; }
    /// <summary>For the sentence "nobody found".</summary>
    public required string Shown { get; init; }

    /// <summary>All keys must stand in one profile: the combination of tags.</summary>
    public bool All => Mode is MatchMode.Custom or MatchMode.CustomSub;

    /// <summary>Only subscriptions of <see cref="ResourceId"/> are searched.</summary>
    public bool Narrowed => ResourceId is not null && Mode is MatchMode.Email or MatchMode.Phone;

    /// <summary>Whether a profile has the contact in a subscription of <see cref="ResourceId"/>.</summary>
    public bool IsSubscribed(Profile profile)
    {
        var channel = Mode == MatchMode.Email ? Channels.Email : Channels.Sms;
        return profile.Subscriptions.Exists(subscription => subscription.ResourceId == ResourceId
            && subscription.Channel == channel && subscription.Contact == Keys[0].Value);
    }

    /// <summary>By the hash of the profile's own e-mail, as links of version 1.0 do.</summary>
    /// <param name="value">In lower case.</param>
    public static ProfileMatch ByEmailHash(ProfileDatabase database, string kind, string value) => new()
    {
        DatabaseId = database.Id, Mode = MatchMode.EmailHash, Shown = $"{kind} {value}", Keys = [new ContactKey(database.Id, kind, value)],
    };

    /// <summary>Whether a profile still has the e-mail of the hash: one that was changed while no hashes were kept left its old row behind.</summary>
    public bool HasEmailOfHash(Profile profile) => profile.Email is { } email && EmailHash.Of(Keys[0].Kind, email) == Keys[0].Value;

    /// <summary>Where in a profile the contact must stand, first choice first.</summary>
    public ContactPlace[] Places => Narrowed
        ? InSubscription
        : Mode switch
        {
            MatchMode.EmailProfile or MatchMode.EmailPhone or MatchMode.Custom or MatchMode.EmailHash => InProfile,
            MatchMode.EmailSub or MatchMode.PhoneSub or MatchMode.PushSub or MatchMode.CustomSub or MatchMode.EmailPhoneSub => InSubscription,
            _ => InBoth,
        };
}

public enum MatchMode { Email, EmailProfile, EmailSub, Phone, PhoneSub, ProfileId, PushSub, Custom, CustomSub, EmailPhone, EmailPhoneSub, EmailHash }

/// <summary>The matching keys as a caller gives them, before they are checked.</summary>
public sealed record MatchKeys
{
    private const int MaxTags = 100;

    public string? Matching { get; init; }
    public string? Email { get; init; }
    public string? Phone { get; init; }
    public string? ProfileId { get; init; }
    public string? FieldName { get; init; }
    public string? FieldValue { get; init; }
    public string? Provider { get; init; }
    public string? SubscriptionId { get; init; }
    public int? ResourceId { get; init; }

    /// <summary>The mode in lower case; <c>email</c> when none is given.</summary>
    public string Mode => (Matching ?? "email").ToLowerInvariant();

    /// <summary>Checks the keys of the mode and normalises them.</summary>
    public (ProfileMatch? Match, Refusal? Refusal) Check(ProfileDatabase database) => Mode switch
    {
        "email" => ByEmail(database, MatchMode.Email),
        "email_profile" => ByEmail(database, MatchMode.EmailProfile),
        "email_sub" => ByEmail(database, MatchMode.EmailSub),
        "phone" => ByPhone(database, MatchMode.Phone),
        "phone_sub" => ByPhone(database, MatchMode.PhoneSub),
        "profile_id" => ById(database),
        "push_sub" or "push_data" => ByPush(database),
        "custom" or "field_name" => ByField(database),
        "custom_sub" => BySubscriptionField(database),
        "email_phone" => ByEmailOrPhone(database, MatchMode.EmailPhone),
        "email_phone_sub" => ByEmailOrPhone(database, MatchMode.EmailPhoneSub),
        var unknown => Bad($"Parameter 'matching': '{ShortText.Cut(unknown)}' is not a matching mode"),
    };

    private (ProfileMatch?, Refusal?) ByEmail(ProfileDatabase database, MatchMode mode)
    {
        if (string.IsNullOrWhiteSpace(Email)) return Missing("email", mode);
        return EmailAddress.TryNormalise(Email, out var email)
            ? Found(database, mode, $"email {email}", (Contacts.Email, email))
            : Bad("Parameter 'email' is not an e-mail address");
    }

    private (ProfileMatch?, Refusal?) ByPhone(ProfileDatabase database, MatchMode mode)
    {
        if (string.IsNullOrWhiteSpace(Phone)) return Missing("phone", mode);
        return PhoneNumber.TryNormalise(Phone, out var phone)
            ? Found(database, mode, $"phone {phone}", (Contacts.Phone, phone))
            : Bad("Parameter 'phone' is not a phone number");
    }

    private (ProfileMatch?, Refusal?) ById(ProfileDatabase database)
    {
        if (string.IsNullOrEmpty(ProfileId)) return Missing("profile_id", MatchMode.ProfileId);
        if (!Contacts.CanBeFound(ProfileId, 64)) return Bad("Parameter 'profile_id' is not a profile id");
        return (new ProfileMatch { DatabaseId = database.Id, Mode = MatchMode.ProfileId, ProfileId = ProfileId, Shown = $"id {ProfileId}" }, null);
    }

    private (ProfileMatch?, Refusal?) ByPush(ProfileDatabase database)
    {
        if (string.IsNullOrEmpty(Provider)) return Missing("provider", MatchMode.PushSub);
        if (string.IsNullOrEmpty(SubscriptionId)) return Missing("subscription_id", MatchMode.PushSub);
        if (!Contacts.CanBeFound(Provider + SubscriptionId, Contacts.MaxPushLength)) return Bad("Parameter 'subscription_id' is not a push token");
        return Found(database, MatchMode.PushSub, $"the push subscription of {Provider}", (Contacts.Push, Contacts.PushValue(Provider, SubscriptionId)));
    }

    private (ProfileMatch?, Refusal?) ByField(ProfileDatabase database)
    {
        if (string.IsNullOrEmpty(FieldName)) return Missing("field_name", MatchMode.Custom);
        if (string.IsNullOrEmpty(FieldValue)) return Missing("field_value", MatchMode.Custom);
        if (!database.Fields.TryGetValue(FieldName, out var field)) return Bad($"Parameter 'field_name': database {database.Id} has no field '{ShortText.Cut(FieldName)}'");
        if (!field.Matchable) return Bad($"Parameter 'field_name': field '{FieldName}' is neither unique nor indexed, so it cannot be matched on");
        if (field.Type == FieldType.Tags) return ByTags(database, MatchMode.Custom, Contacts.OfField(FieldName));
        var (value, problem) = FieldValues.Check(field, FieldValue);
        return value is null
            ? Bad($"Parameter 'field_value': {problem}")
            : Found(database, MatchMode.Custom, $"{FieldName} {ShortText.Cut(FieldValue)}", (Contacts.OfField(FieldName), Contacts.MatchText(value.AsValue())));
    }

    private (ProfileMatch?, Refusal?) BySubscriptionField(ProfileDatabase database)
    {
        if (string.IsNullOrEmpty(FieldName)) return Missing("field_name", MatchMode.CustomSub);
        if (string.IsNullOrEmpty(FieldValue)) return Missing("field_value", MatchMode.CustomSub);
        if (!Contacts.CanBeFound(FieldName)) return Bad("Parameter 'field_name' is not the name of a subscription's field");
        return ByTags(database, MatchMode.CustomSub, Contacts.OfSubscriptionField(FieldName));
    }

    /// <summary>By the combination of the tags, which stand in one text with commas.</summary>
    private (ProfileMatch?, Refusal?) ByTags(ProfileDatabase database, MatchMode mode, string kind)
    {
        List<string> tags = [.. FieldValues.SplitTags(FieldValue!).Distinct()];
        if (tags.Count == 0) return Missing("field_value", mode);
        if (tags.Count > MaxTags || tags.Exists(tag => !Contacts.CanBeFound(tag)))
            return Bad($"Parameter 'field_value' may hold {MaxTags} tags of {Contacts.MaxLength} characters");
        return Found(database, mode, $"{ShortText.Cut(FieldName!)} {ShortText.Cut(FieldValue!)}", [.. tags.Select(tag => (kind, tag))]);
    }

    private (ProfileMatch?, Refusal?) ByEmailOrPhone(ProfileDatabase database, MatchMode mode)
    {
        List<(string, string)> keys = [];
        if (!string.IsNullOrWhiteSpace(Email))
        {
            if (!EmailAddress.TryNormalise(Email, out var email)) return Bad("Parameter 'email' is not an e-mail address");
            keys.Add((Contacts.Email, email));
        }
        if (!string.IsNullOrWhiteSpace(Phone))
        {
            if (!PhoneNumber.TryNormalise(Phone, out var phone)) return Bad("Parameter 'phone' is not a phone number");
            keys.Add((Contacts.Phone, phone));
        }
        return keys.Count == 0 ? Missing("email' or 'phone", mode) : Found(database, mode, string.Join(" or ", keys.Select(key => $"{key.Item1} {key.Item2}")), [.. keys]);
    }

    private (ProfileMatch?, Refusal?) Found(ProfileDatabase database, MatchMode mode, string shown, params (string Kind, string Value)[] keys) =>
        (new ProfileMatch
        {
            DatabaseId = database.Id, Mode = mode, ResourceId = ResourceId, Shown = shown,
            Keys = [.. keys.Select(key => new ContactKey(database.Id, key.Kind, key.Value))],
        }, null);

    private static (ProfileMatch?, Refusal?) Missing(string name, MatchMode mode) =>
        Bad($"Parameter '{name}' is required to match by {Word(mode)}");

    private static string Word(MatchMode mode) => mode switch
    {
        MatchMode.EmailProfile => "email_profile", MatchMode.EmailSub => "email_sub", MatchMode.PhoneSub => "phone_sub",
        MatchMode.ProfileId => "profile_id", MatchMode.PushSub => "push_sub", MatchMode.CustomSub => "custom_sub",
        MatchMode.EmailPhone => "email_phone", MatchMode.EmailPhoneSub => "email_phone_sub",
        _ => mode.ToString().ToLowerInvariant(),
    };

    private static (ProfileMatch?, Refusal?) Bad(string text) => (null, Refusal.Invalid(text));
}
