using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>
/// A change of a field that depends on what the field holds: <c>{"action": "incr", "value": 1}</c>. Read once at the door, where
/// its value is checked; applied to the stored value inside the transaction, so changes made at the same moment all count.
/// </summary>
public sealed record FieldFunction
{
    /// <summary>The most tags or objects in a field that grows by functions.</summary>
    public const int MaxItems = 10_000;

    /// <summary>How deep the object of a field may become: less than what a body may have, for it is read again inside the profile.</summary>
    public const int MaxDepth = 60;

    private const int MaxPath = 16;
    private static readonly string[] Words = ["set", "unset", "incr", "add", "delete", "upsert"];

    public required Field Field { get; init; }
    public required string Action { get; init; }
    /// <summary>Checked for the action and the field's type.</summary>
    public required JsonNode? Value { get; init; }
    /// <summary>Where in an object an upsert goes.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>Whether a value is a function. In a field that holds objects anything but a function's own form is a value.</summary>
    public static bool Is(JsonNode? given, FieldType? type)
    {
        if (given is not JsonObject { Count: <= 3 } json || json["action"] is not JsonValue action) return false;
        return type is not (FieldType.Object or FieldType.Objects)
            || Words.Contains(Contacts.MatchText(action)) && json.All(member => member.Key is "action" or "value" or "submatch");
    }

    /// <summary>The value that a plain <c>set</c> gives, or null for an <c>unset</c>; false for what depends on the stored value.</summary>
    public static bool IsPlain(JsonNode given, out JsonNode? value)
    {
        var json = (JsonObject)given;
        value = json["value"];
        switch (Contacts.MatchText((JsonValue)json["action"]!))
        {
            case "set": return true;
            case "unset": value = null; return true;
            default: return false;
        }
    }

    /// <summary>Reads a function of a custom field that depends on the stored value.</summary>
    public static (FieldFunction? Function, Refusal? Refusal) Read(Field field, JsonNode given)
    {
        var json = (JsonObject)given;
        var action = Contacts.MatchText((JsonValue)json["action"]!);
        if (!Words.Contains(action)) return Bad($"Field '{field.Name}': '{ShortText.Cut(action)}' is not a function; known are {string.Join(", ", Words)}");
        if (!Takes(action, field.Type)) return Bad($"Field '{field.Name}': the function '{action}' does not go with the field's type, {FieldValues.TypeWord(field.Type)}");
        if (field.Unique) return Bad($"Field '{field.Name}' is unique: of the functions only 'set' and 'unset' go with it");
        var path = json["submatch"] is JsonValue text ? Contacts.MatchText(text).Split('.') : [];
        if (action == "upsert" && (path.Length is 0 or > MaxPath || path.Contains("")))
            return Bad($"Field '{field.Name}': the function 'upsert' needs 'submatch', the path of a property like \"a.b\" with at most {MaxPath} steps");
        var (value, problem) = ReadValue(field, action, json["value"]);
        return problem is null ? (new FieldFunction { Field = field, Action = action, Value = value, Path = path }, null) : Bad($"Field '{field.Name}': {problem}");
    }

    /// <summary>The field's new value, or why there is none. The stored value is not touched.</summary>
    public (JsonNode? Value, Refusal? Refusal) Apply(JsonNode? stored)
    {
        var (value, problem) = (Action, Field.Type) switch
        {
            ("incr", FieldType.Int) => AddWhole(stored),
            ("incr", _) => AddReal(stored),
            ("add", _) => (FieldItems.Add(stored as JsonArray, (JsonArray)Value!), null),
            ("delete", _) => (FieldItems.Delete(stored as JsonArray, (JsonArray)Value!), null),
            (_, FieldType.Object) => (FieldItems.Put(stored as JsonObject ?? [], Path, Value), null),
            _ => (FieldItems.PutEach(stored as JsonArray ?? [], Path, Value), null),
        };
        problem ??= value switch
        {
            JsonArray { Count: > MaxItems } => $"it would hold more than {MaxItems} items",
            JsonObject or JsonArray when FieldItems.Depth(value) > MaxDepth => $"it would be nested deeper than {MaxDepth}",
            not null => FieldValues.Check(Field, value).Error,
            _ => null,
        };
        return problem is null ? (value, null) : (null, Refusal.Invalid(problem.StartsWith("Field ", StringComparison.Ordinal) ? problem : $"Field '{Field.Name}': {problem}"));
    }

    private static bool Takes(string action, FieldType type) => (action, type) switch
    {
        ("incr", FieldType.Int or FieldType.Float) => true,
        ("add" or "delete", FieldType.Tags or FieldType.Objects) => true,
        ("upsert", FieldType.Object or FieldType.Objects) => true,
        _ => false,
    };

    private static (JsonNode? Value, string? Problem) ReadValue(Field field, string action, JsonNode? given)
    {
        if (action == "upsert") return (given?.DeepClone(), null);
        var value = given is null ? null : FieldValues.Convert(field.Type, given);
        if (value is not null) return (value, null);
        return (null, $"the function '{action}' needs a value that is " + field.Type switch
        {
            FieldType.Int => "a whole number", FieldType.Float => "a number", FieldType.Tags => "an array of strings", _ => "an array of objects",
        });
    }

    private (JsonNode?, string?) AddWhole(JsonNode? stored)
    {
        var (had, more) = (Number(stored)?.GetValue<long>() ?? 0, Value!.GetValue<long>());
        var sum = unchecked(had + more);
        return more >= 0 == sum >= had ? (JsonValue.Create(sum), null)
            : (null, string.Create(CultureInfo.InvariantCulture, $"{had} and {more} together are out of range"));
    }

    private (JsonNode?, string?) AddReal(JsonNode? stored)
    {
        var sum = (Number(stored)?.GetValue<double>() ?? 0) + Value!.GetValue<double>();
        return double.IsFinite(sum) ? (JsonValue.Create(sum), null) : (null, "the sum is out of range");
    }

    /// <summary>What is stored may come from a time when the field had another type.</summary>
    private JsonNode? Number(JsonNode? stored) => stored is null ? null : FieldValues.Convert(Field.Type, stored);

    private static (FieldFunction?, Refusal?) Bad(string text) => (null, Refusal.Invalid(text));
}
