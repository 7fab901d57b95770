using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>Checks an import as far as that can be done without a stored row, on the caller's thread.</summary>
public static class CheckImport
{
    public const int MaxSubscriptions = 1000;

    public static (ImportProfile? Import, Refusal? Refusal) Run(ImportRequest request, WorkspaceModel workspace, long now)
    {
        var (match, refusal) = KeysOfData.Complete(request.Keys, request.Data).Check(request.Database);
        if (match is null) return (null, refusal);

        List<KeyValuePair<string, JsonNode?>> fields = [];
        var trace = new ImportTrace();
        if (CheckFields(request, fields, trace) is { } wrongField) return (null, wrongField);

        List<SubscriptionInput> subscriptions = [];
        if (CheckSubscriptions(request, workspace, subscriptions, trace, now) is { } wrongSubscription) return (null, wrongSubscription);

        if (request.DetectGeo) trace.Add("detect_geo: no location database is configured, so the location stays as it is");
        return (new ImportProfile
        {
            Database = request.Database, Match = match, MayCreate = request.MayCreate,
            Fields = fields, Subscriptions = subscriptions, UnknownFields = trace.UnknownFields, Trace = trace.Remarks,
        }, null);
    }

    private static Refusal? CheckFields(ImportRequest request, List<KeyValuePair<string, JsonNode?>> fields, ImportTrace trace)
    {
        foreach (var (name, given) in request.Data)
        {
            if (name == "subscriptions" || SystemFields.IsReadOnly(name)) continue;
            var value = SystemFields.Check(name, given)
                ?? (request.Database.Fields.TryGetValue(name, out var field) ? FieldValues.Check(field, given) : null);
            if (value is { Error: { } error }) return Refusal.Invalid(error);
            if (value is not null) fields.Add(new(name, value.Value.Value));
            else if (request.Database.UnknownFields == UnknownFields.Ignore) trace.AddUnknownField(name, request.Database.Id);
            else return Refusal.Invalid($"Field '{ShortText.Cut(name)}' is not a field of database {request.Database.Id}");
        }
        return null;
    }

    private static Refusal? CheckSubscriptions(ImportRequest request, WorkspaceModel workspace, List<SubscriptionInput> subscriptions, ImportTrace trace, long now)
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
}
