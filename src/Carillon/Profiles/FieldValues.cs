using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Profiles;

/// <summary>A field's value as it will be stored, or what is wrong with it. A null value clears the field.</summary>
public readonly record struct FieldValue(JsonNode? Value, string? Error);

/// <summary>Checks given values against a field's type, leniently where the meaning is sure: "84" is an int.</summary>
public static class FieldValues
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static FieldValue Check(Field field, JsonNode? given)
    {
        if (given is null) return new FieldValue(null, null);
        var value = Convert(field.Type, given);
        if (value is null) return Wrong(field.Name, TypeWord(field.Type), given);
        return field.Matchable && !CanBeFound(value)
            ? new FieldValue(null, $"Field '{field.Name}' can be matched on, so its values are at most {Contacts.MaxLength} characters long, without the character U+0000")
            : new FieldValue(value, null);
    }

    public static FieldValue Wrong(string name, string type, JsonNode given) =>
        new(null, $"Field '{name}' is {type}, but the value is {Shown(given)}");

    /// <summary>The value in the type's stored form, or null when it has none.</summary>
    public static JsonNode? Convert(FieldType type, JsonNode given) => type switch
    {
        FieldType.String => Scalar(given) is { } text ? JsonValue.Create(text) : null,
        FieldType.Int => long.TryParse(Scalar(given), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole) : null,
        FieldType.Float => Float(given),
        FieldType.Bool => Bool(given),
        FieldType.Date => Date(given),
        FieldType.Tags => Tags(given),
        FieldType.Object => given is JsonObject ? given.DeepClone() : null,
        FieldType.Objects => Objects(given),
        _ => null,
    };

    private static string? Scalar(JsonNode given) => given is JsonValue value ? Contacts.MatchText(value) : null;

    private static JsonValue? Float(JsonNode given) =>
        double.TryParse(Scalar(given), NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) ? JsonValue.Create(real) : null;

    private static JsonValue? Bool(JsonNode given) => Scalar(given)?.ToLowerInvariant() switch
    {
        "true" or "1" => JsonValue.Create(true),
        "false" or "0" => JsonValue.Create(false),
        _ => null,
    };

    /// <summary>A moment is stored in UTC; a day without a time stays a day, for it has no zone.</summary>
    private static JsonValue? Date(JsonNode given)
    {
        var text = Scalar(given)?.Trim();
        if (text is null || !Moments.TryParse(text, out var moment)) return null;
        return JsonValue.Create(text.Length == "2001-12-31".Length ? text : Moments.Write(moment));
    }

    /// <summary>A list of texts, or one text with commas: <c>"tag-1, tag-2"</c>. Both give the same tags, as matching splits them.</summary>
    private static JsonArray? Tags(JsonNode given)
    {
        var texts = given is JsonArray items ? items.Select(item => item is null ? null : Scalar(item)) : [Scalar(given)];
        var tags = new JsonArray();
        foreach (var text in texts.SelectMany(text => text is null ? (IEnumerable<string?>)[null] : SplitTags(text)).Distinct())
        {
            if (text is null) return null;
            tags.Add((JsonNode)text);
        }
        return tags;
    }

    public static IEnumerable<string> SplitTags(string text) =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static JsonArray? Objects(JsonNode given) => given switch
    {
        JsonObject one => [one.DeepClone()],
        JsonArray many when many.All(item => item is JsonObject) => (JsonArray)many.DeepClone(),
        _ => null,
    };

    private static bool CanBeFound(JsonNode value) => value switch
    {
        JsonArray items => items.All(item => item is null || CanBeFound(item)),
        JsonValue scalar => Contacts.CanBeFound(Contacts.MatchText(scalar)),
        _ => true,
    };

    public static string TypeWord(FieldType type) => type switch
    {
        FieldType.Date => "a date (RFC 3339)",
        FieldType.Tags => "tags (an array of strings)",
        FieldType.Object => "an object",
        FieldType.Objects => "an array of objects",
        _ => type.ToString().ToLowerInvariant(),
    };

    private static string Shown(JsonNode given) => ShortText.Cut(given.ToJsonString(Readable), 80);
}
