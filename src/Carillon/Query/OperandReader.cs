using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Storage;

namespace Carillon.Query;

/// <summary>Reads the values that fields are compared with, those of MongoDB's extended JSON among them: <c>$date</c>, <c>$oid</c>, <c>$numberLong</c>.</summary>
internal sealed class OperandReader
{
    private int _values;

    public QueryValue Read(JsonNode? given, QueryField field, string name)
    {
        if (++_values > QueryLimits.MaxValues) throw new FilterObjection($"there are more than {QueryLimits.MaxValues} values to compare with");
        if (given is JsonObject { Count: > 0 } wrapped && IsOperator(wrapped)) return Unwrap(wrapped, name);
        CheckTree(given, name, 0);
        var value = QueryValue.Of(given, dates: false);
        if (value.Type != QueryType.Text) return value;
        if (field.IsDate && DateText.TryParse(value.Text, out var moment)) return QueryValue.DateOf(moment);
        return field.Normalise?.Invoke(value.Text) is { } stored ? QueryValue.Of(stored) : value;
    }

    public static bool IsOperator(JsonObject given) => given.First().Key.StartsWith('$');

    public static string Shown(JsonNode? given) => ShortText.Cut(given?.ToJsonString() ?? "null", 40);

    private static QueryValue Unwrap(JsonObject given, string name)
    {
        var (key, value) = given.First();
        QueryValue? read = given.Count > 1 ? null : key switch
        {
            "$date" => ReadDate(value) is { } moment ? QueryValue.DateOf(moment) : throw new FilterObjection($"operator '$date': {Shown(value)} is not a date like 2026-02-22T21:00:00Z"),
            "$oid" when value is JsonValue text && text.GetValueKind() == JsonValueKind.String => QueryValue.Of(text.GetValue<string>()),
            "$numberLong" or "$numberInt" when Whole(value) is { } whole => QueryValue.Of(Number.Of(whole)),
            "$numberDouble" when value is JsonValue text && double.TryParse(TextOf(text), NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) => QueryValue.Of(Number.Of(real)),
            _ => null,
        };
        return read ?? throw new FilterObjection($"operator '{ShortText.Cut(key)}' cannot stand inside '{name}'");
    }

    /// <summary>RFC 3339, or milliseconds since 1970.</summary>
    private static string? ReadDate(JsonNode? given)
    {
        if (given is JsonObject { Count: 1 } inner && inner.First() is { Key: "$numberLong" } wrapped) given = wrapped.Value;
        if (Whole(given) is { } milliseconds && milliseconds is >= -62135596800000 and <= 253402300799999) return Moments.Write(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
        return given is JsonValue text && text.GetValueKind() == JsonValueKind.String && DateText.TryParse(text.GetValue<string>(), out var moment) ? moment : null;
    }

    private static long? Whole(JsonNode? given) =>
        given is JsonValue value && long.TryParse(TextOf(value), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : null;

    private static string TextOf(JsonValue value) => value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();

    /// <summary>Nothing that looks like an operator may hide in an object or an array, and no text holds what no database can.</summary>
    private void CheckTree(JsonNode? given, string name, int depth)
    {
        if (depth > QueryLimits.MaxDepth) throw new FilterObjection($"'{name}' compares with a value that is nested more than {QueryLimits.MaxDepth} deep");
        switch (given)
        {
            case JsonObject members:
                foreach (var (key, value) in members)
                {
                    if (key.StartsWith('$')) throw new FilterObjection($"operator '{ShortText.Cut(key)}' cannot stand inside a value that '{name}' compares with");
                    Descend(value, name, depth);
                }
                break;
            case JsonArray items:
                foreach (var item in items) Descend(item, name, depth);
                break;
            case JsonValue text when text.GetValueKind() == JsonValueKind.String && text.GetValue<string>().Contains('\0'):
                throw new FilterObjection($"'{name}' compares with a text that holds the character U+0000");
        }
    }

    private void Descend(JsonNode? given, string name, int depth)
    {
        if (++_values > QueryLimits.MaxValues) throw new FilterObjection($"there are more than {QueryLimits.MaxValues} values to compare with");
        CheckTree(given, name, depth + 1);
    }
}
