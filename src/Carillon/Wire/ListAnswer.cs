using System.Text.Json.Nodes;

namespace Carillon.Wire;

/// <summary>The answer of the methods that list objects by their ids: a page from <c>from_id</c> on.</summary>
public static class ListAnswer
{
    private const int MaxLimit = 1000;

    /// <summary>How many to list: known clients always send a number, and 0 where they mean none.</summary>
    public static int ReadLimit(Fields fields)
    {
        var limit = fields.Int("limit") ?? 0;
        if (limit < 0) fields.Refuse("Parameter 'limit' must not be negative");
        return limit == 0 ? MaxLimit : Math.Min(limit, MaxLimit);
    }

    /// <summary>The caller wants only those of some access groups or with some labels, which are the original's: here nothing has any, so there are none to list.</summary>
    public static bool IsNarrowed(Fields fields) => fields.Items("groups").Count + fields.Items("groups_id").Count + fields.Items("ui_tags").Count > 0;

    public static ApiAnswer Of<T>(Fields fields, IEnumerable<KeyValuePair<int, T>> objects, Func<T, JsonObject> show)
    {
        var from = fields.Int("from_id") ?? 1;
        var limit = ReadLimit(fields);
        if (fields.Error is not null) return fields.Error;
        var all = objects.OrderBy(pair => pair.Key).ToList();
        var page = all.Where(pair => pair.Key >= from).Take(limit).ToList();
        return ApiAnswer.Ok(
            ("data", new JsonArray([.. page.Select(pair => (JsonNode)show(pair.Value))])),
            ("next_from_id", page.Count == 0 ? from : page[^1].Key + 1),
            ("total_count", all.Count));
    }
}
