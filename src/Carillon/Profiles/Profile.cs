using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Carillon.Profiles;

/// <summary>One person (or device, or company) in one database: fields, and subscriptions, kept as one document.</summary>
public sealed class Profile
{
    private const string SubscriptionsKey = "subscriptions";

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required string Id { get; init; }
    public required short Shard { get; init; }
    public required int DatabaseId { get; init; }
    /// <summary>System and custom fields by name, already checked against their types; without the subscriptions.</summary>
    public required JsonObject Fields { get; init; }
    public required List<Subscription> Subscriptions { get; init; }
    /// <summary>Milliseconds since 1970, as all times of a row.</summary>
    public required long Created { get; init; }
    public required long Updated { get; init; }

    /// <summary>What the import that made this picture changed; null for a new profile, and for one that was only read. Not stored.</summary>
    public ProfileDifference? Difference { get; set; }

    public string? Email => (string?)Fields["email"];

    public IEnumerable<string> Phones => Fields["phones"] is JsonArray phones ? phones.Select(phone => (string)phone!) : [];

    /// <summary>The global status: anything but subscribed stops every message.</summary>
    public SubscriptionStatus Status => Fields["_status"] is { } status ? (SubscriptionStatus)(int)status : SubscriptionStatus.Subscribed;

    /// <summary>A copy that may be changed without touching this one.</summary>
    public Profile Copy(long updated) => new()
    {
        Id = Id, Shard = Shard, DatabaseId = DatabaseId, Created = Created, Updated = updated,
        Fields = (JsonObject)Fields.DeepClone(),
        Subscriptions = [.. Subscriptions],
    };

    /// <summary>The document as it is stored.</summary>
    public string ToDocument()
    {
        if (Subscriptions.Count == 0) return Fields.ToJsonString(Compact);
        Fields[SubscriptionsKey] = SubscriptionsJson();
        var document = Fields.ToJsonString(Compact);
        Fields.Remove(SubscriptionsKey);
        return document;
    }

    /// <summary>What templates call <c>lead</c>: the fields, the subscriptions and the id.</summary>
    public JsonObject ToLead()
    {
        var lead = (JsonObject)Fields.DeepClone();
        lead["id"] = Id;
        lead[SubscriptionsKey] = SubscriptionsJson();
        return lead;
    }

    public static Profile FromDocument(string id, short shard, int databaseId, string document, long created, long updated)
    {
        var fields = (JsonObject)JsonNode.Parse(document)!;
        List<Subscription> subscriptions = [];
        if (fields[SubscriptionsKey] is JsonArray stored)
        {
            foreach (var subscription in stored) subscriptions.Add(Subscription.FromJson((JsonObject)subscription!));
            fields.Remove(SubscriptionsKey);
        }
        return new Profile
        {
            Id = id, Shard = shard, DatabaseId = databaseId, Fields = fields, Subscriptions = subscriptions,
            Created = created, Updated = updated,
        };
    }

    /// <summary>In the flat form.</summary>
    public JsonArray SubscriptionsJson()
    {
        var json = new JsonArray();
        foreach (var subscription in Subscriptions) json.Add((JsonNode)subscription.ToJson());
        return json;
    }
}
