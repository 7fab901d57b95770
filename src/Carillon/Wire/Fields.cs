using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Storage;

namespace Carillon.Wire;

/// <summary>
/// Reads the parameters of a call, leniently where the meaning is sure (<c>"84"</c> for a number, <c>"true"</c> for a
/// bool, one item for an array). The first thing that is wrong is kept in <see cref="Error"/>; reading goes on with
/// defaults, so an endpoint reads all it needs and looks at the error once.
/// </summary>
public sealed class Fields(JsonObject body, string path = "")
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Fields? _parent;
    private readonly int _depth = 1;

    private Fields(JsonObject body, string path, Fields parent, int deeper) : this(body, path) => (_parent, _depth) = (parent, parent._depth + deeper);

    /// <summary>The first error of this object and of all objects read inside it.</summary>
    public ApiError? Error { get; private set; }

    public JsonObject Raw => body;

    public bool Has(string name) => body[name] is not null;

    public void Refuse(string text)
    {
        for (var at = this; at is not null; at = at._parent) at.Error ??= ApiError.Invalid(text);
    }

    public string? Text(string name)
    {
        var value = body[name];
        if (value is null) return null;
        if (value is not JsonValue scalar)
        {
            Wrong(name, "a string", value);
            return null;
        }
        return scalar.GetValueKind() == JsonValueKind.String ? scalar.GetValue<string>() : scalar.ToJsonString();
    }

    public string RequiredText(string name)
    {
        var text = Text(name);
        if (string.IsNullOrEmpty(text)) Missing(name);
        return text ?? "";
    }

    public int? Int(string name)
    {
        if (body[name] is null) return null;
        var text = body[name] is JsonValue ? Text(name)! : null;
        if (text is not null && int.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number)) return number;
        Wrong(name, "a whole number", body[name]);
        return null;
    }

    public int RequiredInt(string name)
    {
        if (!Has(name)) Missing(name);
        return Int(name) ?? 0;
    }

    public bool Bool(string name)
    {
        if (body[name] is null) return false;
        switch ((body[name] is JsonValue ? Text(name)! : "(none)").Trim().ToLowerInvariant())
        {
            case "true" or "1": return true;
            case "false" or "0" or "": return false;
            default:
                Wrong(name, "true or false", body[name]);
                return false;
        }
    }

    /// <summary>An RFC 3339 moment.</summary>
    public DateTimeOffset? Moment(string name)
    {
        if (body[name] is null) return null;
        if (body[name] is JsonValue && Moments.TryParse(Text(name)!, out var moment)) return moment;
        Wrong(name, "a date like 2026-02-22T21:00:00Z", body[name]);
        return null;
    }

    /// <summary>An object, or text that holds one as JSON (as XML callers send it). PHP writes an object without members as <c>[]</c>.</summary>
    public JsonObject? Object(string name)
    {
        switch (body[name])
        {
            case null: return null;
            case JsonObject value: return value;
            case JsonArray { Count: 0 }: return [];
            case JsonValue text when text.GetValueKind() == JsonValueKind.String:
                var inner = JsonInput.Read(text.GetValue<string>(), WireInput.MaxDepth - _depth);
                if (inner.Root is null) Refuse($"Parameter '{path}{name}' must be an object: {inner.Error!.Text}");
                return inner.Root;
            case var other:
                Wrong(name, "an object", other);
                return null;
        }
    }

    public JsonObject RequiredObject(string name)
    {
        if (!Has(name)) Missing(name);
        return Object(name) ?? [];
    }

    public Fields? Inner(string name) => Object(name) is { } inner ? new Fields(inner, $"{path}{name}.", this, deeper: 1) : null;

    /// <summary>The items of an array; a single item stands for an array of one, an absent one for none.</summary>
    public IReadOnlyList<JsonNode?> Items(string name) => body[name] switch
    {
        null => [],
        JsonArray array => [.. array],
        var single => [single],
    };

    /// <summary>The texts of an array, or the one text.</summary>
    public IReadOnlyList<string> Texts(string name)
    {
        List<string> result = [];
        foreach (var (index, item) in Items(name).Index())
        {
            if (item is JsonValue scalar) result.Add(scalar.GetValueKind() == JsonValueKind.String ? scalar.GetValue<string>() : scalar.ToJsonString());
            else Wrong($"{name}[{index}]", "a string", item);
        }
        return result;
    }

    /// <summary>Refuses a parameter that asks for what the server cannot do; an empty, zero or false one asks for nothing.</summary>
    public void RefuseUnsupported(string name, string why)
    {
        var asks = body[name] switch
        {
            null => false,
            JsonArray array => array.Count > 0,
            JsonObject members => members.Count > 0,
            var scalar => scalar.ToString().Trim().ToLowerInvariant() is not ("" or "0" or "false"),
        };
        if (asks) Refuse($"Parameter '{path}{name}' is not supported: {why}");
    }

    /// <summary>The objects of an array.</summary>
    public IReadOnlyList<Fields> Objects(string name)
    {
        List<Fields> result = [];
        foreach (var (index, item) in Items(name).Index())
        {
            if (item is JsonObject inner) result.Add(new Fields(inner, $"{path}{name}[{index}].", this, deeper: 2));
            else Wrong($"{name}[{index}]", "an object", item);
        }
        return result;
    }

    private void Missing(string name) => Refuse($"Parameter '{path}{name}' is required");

    private void Wrong(string name, string wanted, JsonNode? value) => Refuse($"Parameter '{path}{name}' must be {wanted}, but is {Shown(value)}");

    private static string Shown(JsonNode? value) => value switch
    {
        JsonObject => "an object",
        JsonArray => "an array",
        null => "null",
        _ => ShortText.Cut(value.ToJsonString(Readable)),
    };
}
