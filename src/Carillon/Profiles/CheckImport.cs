using System.Text.Json.Nodes;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>Checks an import as far as that can be done without a stored row, on the caller's thread.</summary>
public static class CheckImport
{
    public const int MaxSubscriptions = 1000;

    public static (ImportProfile? Import, Refusal? Refusal) Run(ImportRequest request, WorkspaceModel workspace, long now)
    {
        var (match, refusal) = WithKeysOfData(request).Check(request.Database);
        if (match is null) return (null, refusal);

        List<KeyValuePair<string, JsonNode?>> fields = [];
        List<string> trace = [];
        if (CheckFields(request, fields, trace) is { } wrongField) return (null, wrongField);

        List<SubscriptionInput> subscriptions = [];
        if (CheckSubscriptions(request, workspace, subscriptions, trace, now) is { } wrongSubscription) return (null, wrongSubscription);

        if (request.DetectGeo) trace.Add("detect_geo: no location database is configured, so the location stays as it is");
        return (new ImportProfile
        {
            Database = request.Database, Match = match, MayCreate = request.MayCreate,
            Fields = fields, Subscriptions = subscriptions, Trace = trace,
        }, null);
    }

    private static Refusal? CheckFields(ImportRequest request, List<KeyValuePair<string, JsonNode?>> fields, List<string> trace)
    {
        foreach (var (name, given) in request.Data)
        {
            if (name == "subscriptions" || SystemFields.IsReadOnly(name)) continue;
            var value = SystemFields.Check(name, given)
                ?? (request.Database.Fields.TryGetValue(name, out var field) ? FieldValues.Check(field, given) : null);
            if (value is null)
            {
                if (request.Database.UnknownFields == UnknownFields.Reject) return Refusal.Invalid($"Field '{Cut(name)}' is not a field of database {request.Database.Id}");
                trace.Add($"field '{Cut(name)}' is not a field of database {request.Database.Id} and was left out");
            }
            else if (value.Value.Error is { } error) return Refusal.Invalid(error);
            else fields.Add(new(name, value.Value.Value));
        }
        return null;
    }

    private static Refusal? CheckSubscriptions(ImportRequest request, WorkspaceModel workspace, List<SubscriptionInput> subscriptions, List<string> trace, long now)
    {
        var given = request.Data["subscriptions"] switch { null => [], JsonArray many => many, var one => (IEnumerable<JsonNode?>)[one] };
        var index = 0;
        foreach (var item in given)
        {
            var where = $"data.subscriptions[{index++}]";
            if (index > MaxSubscriptions) return Refusal.Invalid($"data.subscriptions holds more than {MaxSubscriptions} subscriptions");
            var (input, refusal) = item is JsonObject json
                ? SubscriptionInputs.Read(json, request.Database.Id, workspace, where, now)
                : (null, Refusal.Invalid($"{where} must be an object"));
            if (input is not null) subscriptions.Add(input);
            else if (!request.SkipInvalidSubscriptions) return refusal;
            else trace.Add($"left out a subscription: {refusal!.Text}");
        }
        return null;
    }

    /// <summary>When the mode's key is not at the root of the call, it is taken from the data.</summary>
    private static MatchKeys WithKeysOfData(ImportRequest request)
    {
        var (keys, data) = (request.Keys, request.Data);
        return (keys.Matching ?? "email").ToLowerInvariant() switch
        {
            "email" or "email_profile" or "email_sub" => keys with { Email = keys.Email ?? EmailOf(data, keys.Matching) },
            "phone" or "phone_sub" => keys with { Phone = keys.Phone ?? PhoneOf(data, keys.Matching) },
            "email_phone" or "email_phone_sub" when keys.Email is null && keys.Phone is null =>
                keys with { Email = EmailOf(data, keys.Matching), Phone = PhoneOf(data, keys.Matching) },
            "profile_id" => keys with { ProfileId = keys.ProfileId ?? Text(data["id"]) ?? Text(data["_id"]) },
            "custom" or "field_name" when keys.FieldName is { } name => keys with { FieldValue = keys.FieldValue ?? TextOrTags(data[name]) },
            "push_sub" or "push_data" => keys with
            {
                Provider = keys.Provider ?? OfSubscription(data, "push_data", "provider"),
                SubscriptionId = keys.SubscriptionId ?? OfSubscription(data, "push_data", "subscription_id"),
            },
            _ => keys,
        };
    }

    private static string? EmailOf(JsonObject data, string? mode)
    {
        var own = Text(data["email"]);
        if (own is null || own.Trim().Length == 0 || own.Equals("localhost", StringComparison.OrdinalIgnoreCase) || mode?.EndsWith("_sub", StringComparison.OrdinalIgnoreCase) == true)
            return mode == "email_profile" ? null : OfSubscription(data, "email_data", "email");
        return own;
    }

    private static string? PhoneOf(JsonObject data, string? mode)
    {
        var own = data["phones"] is JsonArray phones ? Text(phones.FirstOrDefault()) : Text(data["phones"]);
        return own is null || mode?.EndsWith("_sub", StringComparison.OrdinalIgnoreCase) == true ? OfSubscription(data, "phone_data", "phone") : own;
    }

    private static string? OfSubscription(JsonObject data, string container, string name)
    {
        IEnumerable<JsonNode?> subscriptions = data["subscriptions"] switch { JsonArray many => many, JsonObject one => [one], _ => [] };
        return subscriptions.OfType<JsonObject>()
            .Select(subscription => Text(subscription[name] ?? (subscription[container] as JsonObject)?[name]))
            .FirstOrDefault(text => text is not null);
    }

    private static string? TextOrTags(JsonNode? value) => value is JsonArray tags ? string.Join(",", tags.Select(Text)) : Text(value);

    private static string? Text(JsonNode? value) => value is JsonValue scalar ? Contacts.MatchText(scalar) : null;

    private static string Cut(string name) => name.Length <= 64 ? name : name[..64] + "...";
}
