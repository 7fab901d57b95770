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
        if (HasSets(request.Data)) request = request with { Data = WithoutSets(request.Data) };
        var (match, refusal) = request.Keys is { } keys ? KeysOfData.Complete(keys, request.Data).Check(request.Database) : (null, null);
        if (refusal is not null) return (null, refusal);

        List<KeyValuePair<string, JsonNode?>> fields = [];
        List<FieldFunction> functions = [];
        var trace = new ImportTrace();
        if (CheckFields(request, fields, functions, trace) is { } wrongField) return (null, wrongField);

        List<SubscriptionInput> subscriptions = [];
        if (CheckSubscriptions(request, workspace, subscriptions, trace, now) is { } wrongSubscription) return (null, wrongSubscription);

        if (request.DetectGeo) trace.Add("detect_geo: no location database is configured, so the location stays as it is");
        return (new ImportProfile
        {
            Database = request.Database, Match = match, MayCreate = request.MayCreate, SkipTriggers = request.SkipTriggers,
            Fields = fields, Functions = functions, Subscriptions = subscriptions, UnknownFields = trace.UnknownFields, Trace = trace.Remarks,
        }, null);
    }

    private static Refusal? CheckFields(ImportRequest request, List<KeyValuePair<string, JsonNode?>> fields, List<FieldFunction> functions, ImportTrace trace)
    {
        foreach (var (name, given) in request.Data)
        {
            if (name == "subscriptions" || SystemFields.IsReadOnly(name)) continue;
            var field = request.Database.Fields.GetValueOrDefault(name);
            if (FieldFunction.Is(given, field?.Type))
            {
                if (AddFunction(name, field, given!, fields, functions) is { } wrong) return wrong;
                if (field is not null || SystemFields.IsWritable(name)) continue;
            }
            var value = SystemFields.Check(name, given) ?? (field is null ? null : FieldValues.Check(field, given));
            if (value is { Error: { } error }) return Refusal.Invalid(error);
            if (value is not null) fields.Add(new(name, value.Value.Value));
            else if (request.Database.UnknownFields == UnknownFields.Ignore) trace.AddUnknownField(name, request.Database.Id);
            else return Refusal.Invalid($"Field '{ShortText.Cut(name)}' is not a field of database {request.Database.Id}");
        }
        return null;
    }

    /// <summary>A function of an unknown field is an unknown field.</summary>
    private static Refusal? AddFunction(string name, Field? field, JsonNode given, List<KeyValuePair<string, JsonNode?>> fields, List<FieldFunction> functions)
    {
        if (FieldFunction.IsPlain(given, out _))
        {
            // Of the plain ones only unset is left here.
            if (name == "email") return Refusal.Invalid("Field 'email' cannot be unset");
            if (field is not null || SystemFields.IsWritable(name)) fields.Add(new(name, null));
            return null;
        }
        if (field is null) return SystemFields.IsWritable(name) ? Refusal.Invalid($"Field '{name}' is a system field: of the functions only 'set' and 'unset' go with it") : null;
        var (function, refusal) = FieldFunction.Read(field, given);
        if (function is not null) functions.Add(function);
        return refusal;
    }

    /// <summary><c>{"action": "set", "value": 1}</c> is another way to write 1, for keys as well as for fields.</summary>
    private static JsonObject WithoutSets(JsonObject data) =>
        new(data.Select(member => KeyValuePair.Create(member.Key, (IsSet(member.Value) ? member.Value!["value"] : member.Value)?.DeepClone())));

    private static bool HasSets(JsonObject data)
    {
        for (var i = 0; i < data.Count; i++)
        {
            if (IsSet(data.GetAt(i).Value)) return true;
        }
        return false;
    }

    private static bool IsSet(JsonNode? given) => FieldFunction.Is(given, FieldType.Object) && given!["action"] is JsonValue action && Contacts.MatchText(action) == "set";

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
