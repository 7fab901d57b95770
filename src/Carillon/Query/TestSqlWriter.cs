using System.Text.Encodings.Web;
using System.Text.Json;
using Carillon.Storage;

namespace Carillon.Query;

/// <summary>Writes what a condition asks of one value, in the words of a database. No piece may be an error for a value of another type.</summary>
internal sealed class TestSqlWriter(FilterSqlWriter sql, QueryField field, bool wide)
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonDialect _json = sql.Json;

    /// <summary>At the end of a path: the value itself, or any element of an array.</summary>
    public string AtEnd(JsonSlot slot, Test test)
    {
        var itself = One(slot, test);
        return test.LooksIntoArrays ? $"({itself} OR {sql.Element(slot, wide, element => One(element, test))})" : itself;
    }

    public string One(JsonSlot slot, Test test) => test switch
    {
        Test.In set => In(slot, set.Values),
        Test.Compare compare => Compare(slot, compare),
        Test.Matches matches => Matches(slot, matches.Pattern),
        Test.HasType types => "(" + string.Join(" OR ", types.Types.Select(type => HasType(slot, type))) + ")",
        Test.Modulo => sql.Unsure(wide, _json.IsNumber(slot)),
        Test.Exists => $"{slot.Type} IS NOT NULL",
        Test.Size size => _json.HasCount(slot, sql.Parameter(size.Count)),
        Test.HasElement element => sql.Element(slot, wide, one => sql.WriteElement(element, one, wide)),
        _ => sql.Unsure(wide),
    };

    private string In(JsonSlot slot, ValueSet values)
    {
        List<string> parts = [];
        if (values.Null) parts.Add($"{slot.Type} IS NULL OR {slot.Type} = 'null'");
        foreach (var truth in values.Truths) parts.Add(_json.Truth(slot, truth));
        if (values.Texts.Count > 0) parts.Add(IsText(slot, $"{_json.Text(slot)} {AnyOf(values.Texts)}"));
        if (values.Dates.Count > 0) parts.Add(IsDate(slot, $"{_json.DateText(slot)} {AnyOf(values.Dates)}"));
        if (values.Numbers.Count > 0) parts.Add(AnyNumber(slot, values.Numbers));
        // Whether the members stand in the same order only memory knows.
        if (values.Trees.Count > 0) parts.Add(sql.Unsure(wide, $"{slot.Type} IN ('object', 'array')"));
        return parts.Count == 0 ? "false" : "(" + string.Join(" OR ", parts) + ")";
    }

    private string Compare(JsonSlot slot, Test.Compare compare)
    {
        var order = compare.Order switch { Order.Greater => ">", Order.GreaterOrEqual => ">=", Order.Less => "<", _ => "<=" };
        return compare.With.Type switch
        {
            QueryType.Text => IsText(slot, $"{_json.Text(slot)} {order} {sql.Parameter(compare.With.Text)}"),
            QueryType.Date => IsDate(slot, $"{_json.DateText(slot)} {order} {sql.Parameter(compare.With.Text)}"),
            _ => Sure(compare.With.Number) ? _json.CompareNumber(slot, order, sql.Parameter(Value(compare.With.Number))) : sql.Unsure(wide, _json.IsNumber(slot)),
        };
    }

    private string Matches(JsonSlot slot, Pattern pattern)
    {
        if (_json.MatchesPattern(slot, "", "") is not null)
            return IsText(slot, _json.MatchesPattern(slot, sql.Parameter(pattern.Text), sql.Parameter(pattern.Options))!);
        if (!wide) return sql.Unsure(wide);
        return sql.Unsure(wide, pattern.Prefix.Length > 0 ? $"({_json.IsText(slot)} AND {_json.StartsWith(slot, sql.Parameter(pattern.Prefix))})" : _json.IsText(slot));
    }

    private string HasType(JsonSlot slot, TypeName type) => type switch
    {
        TypeName.Number => _json.IsNumber(slot),
        TypeName.Int or TypeName.Long or TypeName.Double => sql.Unsure(wide, _json.IsNumber(slot)),
        TypeName.String => IsText(slot, "true"),
        TypeName.Date => IsDate(slot, "true"),
        TypeName.Bool => _json.IsBool(slot),
        TypeName.Object => $"{slot.Type} = 'object'",
        TypeName.Array => $"{slot.Type} = 'array'",
        _ => $"{slot.Type} = 'null'",
    };

    private string AnyOf(IReadOnlyCollection<string> texts) => texts.Count == 1
        ? $"= {sql.Parameter(texts.First())}"
        : $"IN {_json.TextsOf(sql.Parameter(JsonSerializer.Serialize(texts, Compact)))}";

    private string AnyNumber(JsonSlot slot, IReadOnlyCollection<Number> numbers)
    {
        if (!numbers.All(Sure)) return sql.Unsure(wide, _json.IsNumber(slot));
        return numbers.Count == 1
            ? _json.CompareNumber(slot, "=", sql.Parameter(Value(numbers.First())))
            : _json.NumberIn(slot, sql.Parameter(JsonSerializer.Serialize(numbers.Select(Value))));
    }

    /// <summary>In a field of dates, what looks like a date is no text.</summary>
    private string IsText(JsonSlot slot, string condition) =>
        field.IsDate ? $"({_json.IsText(slot)} AND NOT {_json.LooksLikeDate(slot)} AND {condition})" : $"({_json.IsText(slot)} AND {condition})";

    private string IsDate(JsonSlot slot, string condition) =>
        field.IsDate ? $"({_json.IsText(slot)} AND {_json.LooksLikeDate(slot)} AND {condition})" : "false";

    private bool Sure(Number number) => _json.Compares(number.Whole, number.Real, number.IsWhole);

    /// <summary>A whole number as one: as a double it would lose its last digits.</summary>
    private static object Value(Number number) => number.IsWhole ? (object)number.Whole : number.Real;
}
