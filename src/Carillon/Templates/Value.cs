using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Carillon.Templates;

internal enum ValueKind { Missing, Bool, Number, Text, List, Object }

/// <summary>What a template works with: a JSON value, or a text that a filter made. JSON null and absence are the same.</summary>
internal readonly struct Value
{
    const NumberStyles NumberText =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    // Letters of every script stay readable; what could end a <script> or an attribute is still \u-escaped.
    static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    /// <summary>string for Text, IList of nodes for List, JsonObject for Object, JsonValue for Bool and Number.</summary>
    readonly object? _data;

    Value(ValueKind kind, object? data)
    {
        Kind = kind;
        _data = data;
    }

    public ValueKind Kind { get; }
    public bool IsList => Kind == ValueKind.List;
    public bool IsScalar => Kind is ValueKind.Bool or ValueKind.Number or ValueKind.Text;
    public IList<JsonNode?> Items => (IList<JsonNode?>)_data!;
    public JsonObject Fields => (JsonObject)_data!;
    /// <summary>What a path can go on from; null for texts that filters made.</summary>
    public JsonNode? Node => _data as JsonNode;

    public static Value Of(string text) => new(ValueKind.Text, text);

    public static Value Of(IList<JsonNode?> items) => new(ValueKind.List, items);

    public static Value Of(JsonNode? node) => node switch
    {
        null => default,
        JsonObject => new(ValueKind.Object, node),
        JsonArray => new(ValueKind.List, node),
        _ => OfScalar(node.AsValue()),
    };

    static Value OfScalar(JsonValue value)
    {
        if (value.TryGetValue(out string? text))
            return Of(text);
        return value.GetValueKind() switch
        {
            JsonValueKind.True or JsonValueKind.False => new(ValueKind.Bool, value),
            JsonValueKind.Number => new(ValueKind.Number, value),
            // a date or an id that code put in without making it a string first
            JsonValueKind.String => Of(JsonNode.Parse(value.ToJsonString())),
            _ => default,
        };
    }

    /// <summary>Missing, "", [] and {}; what <c>default</c> replaces.</summary>
    public bool IsEmpty => Kind switch
    {
        ValueKind.Missing => true,
        ValueKind.Text => ((string)_data!).Length == 0,
        ValueKind.List => Items.Count == 0,
        ValueKind.Object => Fields.Count == 0,
        _ => false,
    };

    /// <summary>Empty values, false and 0 are not true; every other value is, the text "0" too.</summary>
    public bool IsTrue => Kind switch
    {
        ValueKind.Bool => Bool,
        ValueKind.Number => !TryDecimal(out var number) || number != 0,
        _ => !IsEmpty,
    };

    public bool Bool => ((JsonValue)_data!).GetValueKind() == JsonValueKind.True;

    /// <summary>Numbers, and texts that are exactly one.</summary>
    public bool TryDecimal(out decimal number)
    {
        number = 0;
        if (Kind == ValueKind.Text)
            return decimal.TryParse((string)_data!, NumberText, CultureInfo.InvariantCulture, out number);
        if (Kind != ValueKind.Number)
            return false;
        var value = (JsonValue)_data!;
        return value.TryGetValue(out number)
            || decimal.TryParse(TextOfNumber(value), NumberText, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>For numbers too large for a decimal.</summary>
    public bool TryDouble(out double number)
    {
        number = 0;
        return Kind is ValueKind.Number or ValueKind.Text
            && double.TryParse(ToText(), NumberText, CultureInfo.InvariantCulture, out number)
            && double.IsFinite(number);
    }

    /// <summary>As it stands in the output, before escaping: lists joined with ", ", objects as JSON, numbers as written.</summary>
    public string ToText() => Kind switch
    {
        ValueKind.Missing => "",
        ValueKind.Bool => Bool ? "true" : "false",
        ValueKind.Number => TextOfNumber((JsonValue)_data!),
        ValueKind.Text => (string)_data!,
        ValueKind.List => string.Join(", ", Items.Where(item => item is not null).Select(TextOfItem)),
        _ => ToJson(),
    };

    public string ToJson() => _data switch
    {
        null => "null",
        string text => JsonValue.Create(text).ToJsonString(s_json),
        JsonNode node => node.ToJsonString(s_json),
        _ => $"[{string.Join(',', Items.Select(item => Of(item).ToJson()))}]",
    };

    static string TextOfItem(JsonNode? item) => item is JsonValue ? Of(item).ToText() : Of(item).ToJson();

    static string TextOfNumber(JsonValue number)
    {
        if (number.TryGetValue(out JsonElement element))
            return element.GetRawText();
        return number.ToJsonString();
    }
}
