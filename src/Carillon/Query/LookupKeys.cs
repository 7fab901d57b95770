namespace Carillon.Query;

/// <summary>A value under which profiles stand in the lookup of contacts, or the id of a profile (then <paramref name="Kind"/> is empty).</summary>
public readonly record struct LookupKey(string Kind, string Value);

/// <summary>
/// Where a filter's profiles can be looked up instead of looked for: every profile that matches stands under one of the keys.
/// Others may stand there too.
/// </summary>
public static class LookupKeys
{
    /// <summary>Null where the filter must look at every profile.</summary>
    public static IReadOnlyCollection<LookupKey>? Of(Filter filter) => filter switch
    {
        Filter.All all => Fewest(all.Parts.Select(Of)),
        Filter.Any any => Together(any.Parts.Select(Of)),
        Filter.Where { Test: Test.In set } where => OfValues(where.Path.Field, set.Values),
        Filter.Where { Test: Test.HasElement { OfObjects: true } element } => Of(element.Conditions),
        _ => null,
    };

    private static IReadOnlyCollection<LookupKey>? Fewest(IEnumerable<IReadOnlyCollection<LookupKey>?> parts) =>
        parts.Where(keys => keys is not null).MinBy(keys => keys!.Count);

    private static HashSet<LookupKey>? Together(IEnumerable<IReadOnlyCollection<LookupKey>?> parts)
    {
        HashSet<LookupKey> together = [];
        foreach (var keys in parts)
        {
            if (keys is null) return null;
            together.UnionWith(keys);
        }
        return together;
    }

    /// <summary>Null and trees stand in no lookup; and a value that cannot be stored in one field may stand in another.</summary>
    private static HashSet<LookupKey>? OfValues(QueryField field, ValueSet values)
    {
        if (field.ContactKind is not { } kind || field.ContactTexts is not { } texts || values.Null || values.Trees.Count > 0) return null;
        HashSet<LookupKey> keys = [];
        foreach (var value in values.Scalars)
        {
            if (texts(value) is not { } found) return null;
            keys.UnionWith(found.Select(text => new LookupKey(kind, text)));
        }
        return keys;
    }
}
