using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>A profile as <c>profiles/get</c> shows it: all fields, and the subscriptions in container form.</summary>
public static class ProfileView
{
    public static JsonObject Of(Profile profile)
    {
        var view = (JsonObject)profile.Fields.DeepClone();
        view["id"] = profile.Id;
        view["db_id"] = profile.DatabaseId;
        view["_status"] = (int)profile.Status;
        foreach (var name in new[] { "_createtime", "_md5", "_xxh", "_emaildomain" })
        {
            if (Derived(profile, name) is { } value) view[name] = value;
        }
        view["subscriptions"] = new JsonArray([.. profile.Subscriptions.Select(subscription => (JsonNode)Of(subscription))]);
        return view;
    }

    /// <summary>A field that is worked out from others; null when it cannot be.</summary>
    public static string? Derived(Profile profile, string name) => (name, profile.Email) switch
    {
        ("_createtime", _) => Moments.Write(DateTimeOffset.FromUnixTimeMilliseconds(profile.Created)),
        ("_updatetime", _) => Moments.Write(DateTimeOffset.FromUnixTimeMilliseconds(profile.Updated)),
        ("_md5", { } email) => EmailHash.Md5(email),
        ("_xxh", { } email) => EmailHash.Xxh(email),
        ("_emaildomain", { } email) => email[(email.IndexOf('@', StringComparison.Ordinal) + 1)..],
        _ => null,
    };

    private static JsonObject Of(Subscription subscription)
    {
        var view = new JsonObject
        {
            ["resource_id"] = subscription.ResourceId, ["channel"] = subscription.Channel, ["hash_id"] = subscription.HashId,
            ["status"] = subscription.Status.Word(), ["priority"] = subscription.Priority, ["is_delete"] = false,
            ["reg_info"] = new JsonObject { ["date"] = Moments.Write(DateTimeOffset.FromUnixTimeMilliseconds(subscription.Created)) },
            ["custom_fields"] = subscription.CustomFields?.DeepClone() ?? new JsonObject(),
            ["cats"] = subscription.Categories?.DeepClone() ?? new JsonArray(),
        };
        switch (subscription.Channel)
        {
            case Channels.Email:
                view["email_data"] = new JsonObject
                {
                    ["email"] = subscription.Contact, ["md5"] = EmailHash.Md5(subscription.Contact),
                    ["domain"] = subscription.Contact[(subscription.Contact.IndexOf('@', StringComparison.Ordinal) + 1)..],
                };
                break;
            case Channels.Sms: view["phone_data"] = new JsonObject { ["phone"] = subscription.Contact }; break;
            case Channels.Push: view["push_data"] = new JsonObject { ["provider"] = subscription.Provider, ["subscription_id"] = subscription.Contact }; break;
            default: view["cc_data"] = subscription.ChannelData?.DeepClone(); break;
        }
        return view;
    }
}
