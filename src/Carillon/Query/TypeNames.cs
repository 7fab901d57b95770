namespace Carillon.Query;

/// <summary>The types that <c>$type</c> names. JSON has one type of numbers, so int, long and double are told by the value.</summary>
public enum TypeName { Number, Int, Long, Double, String, Object, Array, Bool, Date, Null }

public static class TypeNames
{
    /// <summary>MongoDB's names, and its numbers of them.</summary>
    private static readonly Dictionary<string, TypeName> ByName = new(StringComparer.Ordinal)
    {
        ["number"] = TypeName.Number, ["double"] = TypeName.Double, ["1"] = TypeName.Double, ["string"] = TypeName.String, ["2"] = TypeName.String,
        ["object"] = TypeName.Object, ["3"] = TypeName.Object, ["array"] = TypeName.Array, ["4"] = TypeName.Array, ["bool"] = TypeName.Bool, ["8"] = TypeName.Bool,
        ["date"] = TypeName.Date, ["9"] = TypeName.Date, ["null"] = TypeName.Null, ["10"] = TypeName.Null, ["int"] = TypeName.Int, ["16"] = TypeName.Int,
        ["long"] = TypeName.Long, ["18"] = TypeName.Long,
    };

    public static bool TryFind(string name, out TypeName type) => ByName.TryGetValue(name, out type);

    public static bool Is(QueryValue value, TypeName type) => type switch
    {
        TypeName.Number => value.Type == QueryType.Number,
        TypeName.Int => value is { Type: QueryType.Number, Number: { IsWhole: true, Whole: >= int.MinValue and <= int.MaxValue } },
        TypeName.Long => value is { Type: QueryType.Number, Number.IsWhole: true },
        TypeName.Double => value is { Type: QueryType.Number, Number.IsWhole: false },
        TypeName.String => value.Type == QueryType.Text,
        TypeName.Object => value.Type == QueryType.Object,
        TypeName.Array => value.Type == QueryType.Array,
        TypeName.Bool => value.Type == QueryType.Bool,
        TypeName.Date => value.Type == QueryType.Date,
        _ => value.Type == QueryType.Null,
    };
}
