using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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
        view["_createtime"] = Moments.Write(DateTimeOffset.FromUnixTimeMilliseconds(profile.Created));
        if (profile.Email is { } email)
        {
            view["_md5"] = Md5(email);
            view["_xxh"] = XxHash64.Of(email).ToString("x16", CultureInfo.InvariantCulture);
            view["_emaildomain"] = email[(email.IndexOf('@', StringComparison.Ordinal) + 1)..];
        }
        view["subscriptions"] = new JsonArray([.. profile.Subscriptions.Select(subscription => (JsonNode)Of(subscription))]);
        return view;
    }

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
                    ["email"] = subscription.Contact, ["md5"] = Md5(subscription.Contact),
                    ["domain"] = subscription.Contact[(subscription.Contact.IndexOf('@', StringComparison.Ordinal) + 1)..],
                };
                break;
            case Channels.Sms: view["phone_data"] = new JsonObject { ["phone"] = subscription.Contact }; break;
            case Channels.Push: view["push_data"] = new JsonObject { ["provider"] = subscription.Provider, ["subscription_id"] = subscription.Contact }; break;
            default: view["cc_data"] = subscription.ChannelData?.DeepClone(); break;
        }
        return view;
    }

    /// <summary>The name that the original gives a contact; nothing is kept safe by it.</summary>
    private static string Md5(string text) =>
#pragma warning disable CA5351 // MD5 is the documented format of this field
        Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5351
}
