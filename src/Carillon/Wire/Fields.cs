using System.Globalization;
using Carillon.Storage;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Carillon.Wire;

/// <summary>
/// Reads the parameters of a call, leniently where the meaning is sure (<c>"84"</c> for a number, <c>"true"</c> for a
/// bool, one item for an array). The first thing that is wrong is kept in <see cref="Error"/>; reading goes on with
/// defaults, so an endpoint reads all it needs and looks at the error once.
/// </summary>
public sealed class Fields(JsonObject body, string path = "")
{
    private readonly Fields? _parent;

    private Fields(JsonObject body, string path, Fields parent) : this(body, path) => _parent = parent;

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
        if (value is not JsonValue scalar) return Wrong<string>(name, "a string");
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
        Wrong<string>(name, "a whole number");
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
        switch ((body[name] is JsonValue ? Text(name)! : "").Trim().ToLowerInvariant())
        {
            case "true" or "1": return true;
            case "false" or "0" or "": return false;
            default:
                Wrong<string>(name, "true or false");
                return false;
        }
    }

    /// <summary>An RFC 3339 moment.</summary>
    public DateTimeOffset? Moment(string name)
    {
        if (body[name] is null) return null;
        if (body[name] is JsonValue && Moments.TryParse(Text(name)!, out var moment)) return moment;
        Wrong<string>(name, "a date like 2026-02-22T21:00:00Z");
        return null;
    }

    /// <summary>An object, or text that holds one as JSON (as XML callers send it).</summary>
    public JsonObject? Object(string name)
    {
        switch (body[name])
        {
            case null: return null;
            case JsonObject value: return value;
            case JsonValue text when text.GetValueKind() == JsonValueKind.String:
                var inner = JsonInput.Read(text.GetValue<string>());
                if (inner.Root is not null) return inner.Root;
                Refuse($"Parameter '{path}{name}' must be an object: {inner.Error!.Text}");
                return null;
            default: return Wrong<JsonObject>(name, "an object");
        }
    }

    public JsonObject RequiredObject(string name)
    {
        if (!Has(name)) Missing(name);
        return Object(name) ?? [];
    }

    public Fields? Inner(string name) => Object(name) is { } inner ? new Fields(inner, $"{path}{name}.", this) : null;

    /// <summary>The items of an array; a single item stands for an array of one, an absent one for none.</summary>
    public IReadOnlyList<JsonNode?> Items(string name) => body[name] switch
    {
        null => [],
        JsonArray array => [.. array],
        var single => [single],
    };

    /// <summary>The objects of an array.</summary>
    public IReadOnlyList<Fields> Objects(string name)
    {
        List<Fields> result = [];
        foreach (var item in Items(name))
        {
            if (item is JsonObject inner) result.Add(new Fields(inner, $"{path}{name}[{result.Count}].", this));
            else Wrong<string>($"{name}[{result.Count}]", "an object");
        }
        return result;
    }

    private void Missing(string name) => Refuse($"Parameter '{path}{name}' is required");

    private TNothing? Wrong<TNothing>(string name, string wanted) where TNothing : class
    {
        Refuse($"Parameter '{path}{name}' must be {wanted}, but is {Shown(body[name])}");
        return null;
    }

    private static string Shown(JsonNode? value) => value switch
    {
        JsonObject => "an object",
        JsonArray => "an array",
        null => "null",
        _ => Cut(value.ToJsonString()),
    };

    private static string Cut(string text) => text.Length <= 60 ? text : text[..60] + "...";
}
