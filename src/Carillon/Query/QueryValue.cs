using System.Text.Json;
using System.Text.Json.Nodes;

namespace Carillon.Query;

/// <summary>The types that conditions tell apart. Values of different types are never equal, and none is greater.</summary>
public enum QueryType { Missing, Null, Number, Text, Object, Array, Bool, Date }

/// <summary>A value of a document, or one that a filter compares with.</summary>
public readonly struct QueryValue
{
    private readonly string? _text;

    private QueryValue(QueryType type, JsonNode? node = null, string? text = null, Number number = default, bool truth = false) =>
        (Type, Node, _text, Number, Truth) = (type, node, text, number, truth);

    public QueryType Type { get; }
    /// <summary>An object or an array.</summary>
    public JsonNode? Node { get; }
    public Number Number { get; }
    public bool Truth { get; }

    /// <summary>A text, or a date in its one form (<see cref="DateText"/>).</summary>
    public string Text => _text!;

    public static readonly QueryValue Missing = new(QueryType.Missing);
    public static readonly QueryValue Null = new(QueryType.Null);

    public static QueryValue Of(string text) => new(QueryType.Text, text: text);
    public static QueryValue Of(Number number) => new(QueryType.Number, number: number);
    public static QueryValue Of(bool truth) => new(QueryType.Bool, truth: truth);
    public static QueryValue DateOf(string moment) => new(QueryType.Date, text: moment);

    /// <param name="dates">The field holds dates: what has the form of one is one.</param>
    public static QueryValue Of(JsonNode? node, bool dates) => node switch
    {
        null => Null,
        JsonObject => new(QueryType.Object, node),
        JsonArray => new(QueryType.Array, node),
        JsonValue value => OfScalar(value, dates),
        _ => Null,
    };

    private static QueryValue OfScalar(JsonValue value, bool dates)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                var text = value.GetValue<string>();
                return dates && DateText.TryRead(text, out var moment) ? DateOf(moment) : Of(text);
            case JsonValueKind.Number: return Of(Number.Of(value));
            case JsonValueKind.True: return Of(true);
            case JsonValueKind.False: return Of(false);
            default: return Null;
        }
    }

    /// <summary>Objects are equal when their members are, in the same order; as MongoDB has it.</summary>
    public bool EqualTo(QueryValue other)
    {
        if (Type != other.Type) return false;
        return Type switch
        {
            QueryType.Number => Number.CompareTo(other.Number) == 0,
            QueryType.Text or QueryType.Date => string.Equals(Text, other.Text, StringComparison.Ordinal),
            QueryType.Bool => Truth == other.Truth,
            QueryType.Object => SameMembers((JsonObject)Node!, (JsonObject)other.Node!),
            QueryType.Array => SameItems((JsonArray)Node!, (JsonArray)other.Node!),
            _ => true,
        };
    }

    /// <summary>Which of two values of one type is greater; only for numbers, texts and dates.</summary>
    public int CompareTo(QueryValue other) => Type == QueryType.Number ? Number.CompareTo(other.Number) : CodePoints.Compare(Text, other.Text);

    private static bool Same(JsonNode? one, JsonNode? other) => Of(one, dates: false).EqualTo(Of(other, dates: false));

    private static bool SameItems(JsonArray one, JsonArray other)
    {
        if (one.Count != other.Count) return false;
        for (var i = 0; i < one.Count; i++)
        {
            if (!Same(one[i], other[i])) return false;
        }
        return true;
    }

    private static bool SameMembers(JsonObject one, JsonObject other)
    {
        if (one.Count != other.Count) return false;
        foreach (var (mine, theirs) in one.Zip(other))
        {
            if (mine.Key != theirs.Key || !Same(mine.Value, theirs.Value)) return false;
        }
        return true;
    }
}
