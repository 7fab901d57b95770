using System.Text.Json.Nodes;

namespace Carillon.Query;

/// <summary>
/// Where a condition looks, in MongoDB's way: an array on the way is looked through, every object in it; a part that is a number is
/// also a place in an array; and at the end of the path a condition may hold for the array itself or for any of its elements.
/// </summary>
/// <param name="Parts">None inside <c>$elemMatch</c> on plain values: there the condition is on the element itself.</param>
public sealed record FieldPath(IReadOnlyList<string> Parts, QueryField Field)
{
    public bool Any(Lookup root, Test test)
    {
        if (Parts.Count > 0) return AnyOfMember(root, 0, test);
        root("", out var element);
        return test.Holds(QueryValue.Of(element, Field.IsDate));
    }

    private bool AnyOfMember(Lookup members, int at, Test test) =>
        members(Parts[at], out var value) ? AnyBelow(value, at + 1, test) : test.Holds(QueryValue.Missing);

    private bool AnyBelow(JsonNode? value, int at, Test test)
    {
        if (at == Parts.Count) return AnyAtEnd(value, test);
        return value switch
        {
            JsonObject inner => AnyOfMember(inner.TryGetPropertyValue, at, test),
            JsonArray items => AnyInArray(items, at, test),
            _ => test.Holds(QueryValue.Missing),
        };
    }

    /// <summary>What is no object has no members, not even missing ones: an empty array matches nothing, null included.</summary>
    private bool AnyInArray(JsonArray items, int at, Test test)
    {
        var place = IsPlace(Parts[at]) ? int.Parse(Parts[at], System.Globalization.CultureInfo.InvariantCulture) : -1;
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] is JsonObject inner && AnyOfMember(inner.TryGetPropertyValue, at, test)) return true;
            if (i == place && AnyBelow(items[i], at + 1, test)) return true;
        }
        return false;
    }

    private bool AnyAtEnd(JsonNode? value, Test test)
    {
        if (test.LooksIntoArrays && value is JsonArray items)
        {
            foreach (var item in items)
            {
                if (test.Holds(QueryValue.Of(item, Field.IsDate))) return true;
            }
        }
        return test.Holds(QueryValue.Of(value, Field.IsDate));
    }

    /// <summary>A part that may be a place in an array: 0 or a number without leading zeros.</summary>
    public static bool IsPlace(string part) => part.Length is > 0 and < 7 && part.All(char.IsAsciiDigit) && (part.Length == 1 || part[0] != '0');
}
