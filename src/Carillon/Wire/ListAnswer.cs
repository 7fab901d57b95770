using System.Text.Json.Nodes;

namespace Carillon.Wire;

/// <summary>The answer of the methods that list objects by their ids: a page from <c>from_id</c> on.</summary>
public static class ListAnswer
{
    public const int MaxLimit = 1000;

    public static ApiAnswer Of<T>(Fields fields, IEnumerable<KeyValuePair<int, T>> objects, Func<T, JsonObject> show)
    {
        var from = fields.Int("from_id") ?? 1;
        var limit = fields.Int("limit") ?? MaxLimit;
        if (limit is < 1 or > MaxLimit) fields.Refuse($"Parameter 'limit' must be between 1 and {MaxLimit}");
        if (fields.Error is not null) return fields.Error;
        var all = objects.OrderBy(pair => pair.Key).ToList();
        var page = all.Where(pair => pair.Key >= from).Take(limit).ToList();
        return ApiAnswer.Ok(
            ("data", new JsonArray([.. page.Select(pair => (JsonNode)show(pair.Value))])),
            ("next_from_id", page.Count == 0 ? from : page[^1].Key + 1),
            ("total_count", all.Count));
    }
}
