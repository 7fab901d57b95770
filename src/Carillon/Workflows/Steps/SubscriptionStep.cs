using System.Text.Json.Nodes;
using Carillon.Profiles;
using Carillon.Templates;
using Carillon.Workspace;

namespace Carillon.Workflows.Steps;

/// <summary>
/// <c>subscribe</c>, <c>unsubscribe</c> and <c>change_status</c>: sets the status of the profile's subscriptions to a resource and channel, of one
/// <c>contact</c> or of all. <c>subscribe</c> adds one by the contact, or by the profile's own e-mail or first phone, when there is none.
/// </summary>
public sealed class SubscriptionStep : Step
{
    private readonly int _resource;
    private readonly string _channel;
    private readonly string _status;
    private readonly Template? _contact;

    public SubscriptionStep(NodeReader node) : base(node)
    {
        (_resource, _channel) = node.Subscription();
        _status = Type switch
        {
            "subscribe" => SubscriptionStatus.Subscribed.Word(),
            "unsubscribe" => SubscriptionStatus.Unsubscribed.Word(),
            _ => node.Word("status", SubscriptionWords.All),
        };
        _contact = node.OptionalTemplate("contact");
        node.Exit("next");
        node.Exit("failed");
        if (_channel == Channels.Push && Type == "subscribe") node.Fail("channel", "a push token comes from its app, not from a workflow");
    }

    public override StepResult Run(Turn turn)
    {
        var contact = _contact is null ? null : TurnTemplates.Render(_contact, turn).Text?.Trim();
        if (contact is { Length: > 0 } && Normalise(contact) is not { } normalised) return new Go("failed", $"{contact} is not a contact of the channel {_channel}");
        else if (contact is { Length: > 0 }) contact = Normalise(contact);
        List<Subscription> known = [.. turn.Profile.Subscriptions.Where(subscription => subscription.ResourceId == _resource && subscription.Channel == _channel && (string.IsNullOrEmpty(contact) || subscription.Contact == contact))];
        List<JsonObject> changes = [.. known.Select(subscription => Change(subscription.ToJson()))];
        if (changes.Count == 0)
        {
            if (Type != "subscribe") return new Go("next", "there is no such subscription");
            if ((string.IsNullOrEmpty(contact) ? Own(turn.Profile) : contact) is not { } own) return new Go("failed", $"the profile has no contact for the channel {_channel}");
            changes.Add(new JsonObject { ["resource_id"] = _resource, ["channel"] = _channel, [_channel == Channels.Email ? "email" : "phone"] = own, ["status"] = _status });
        }
        return ChangeProfile.Run(turn, new JsonObject { ["subscriptions"] = new JsonArray([.. changes]) }, $"{changes.Count} subscription(s) to resource {_resource} {_status}");
    }

    private JsonObject Change(JsonObject subscription)
    {
        foreach (var name in new[] { "priority", "created", "hash_id" }) subscription.Remove(name);
        subscription["status"] = _status;
        return subscription;
    }

    private string? Normalise(string contact)
    {
        if (_channel == Channels.Email) return EmailAddress.TryNormalise(contact, out var email) ? email : null;
        if (_channel == Channels.Sms) return PhoneNumber.TryNormalise(contact, out var phone) ? phone : null;
        return contact;
    }

    private string? Own(Profile profile) => _channel == Channels.Email ? profile.Email : profile.Phones.FirstOrDefault();
}
