using System.Text.Json.Nodes;
using Carillon.Queue;
using Carillon.Wire;

namespace Carillon.Profiles;

/// <summary>What calls with many items have in common on the wire.</summary>
public static class BulkEndpoints
{
    /// <summary>The most items of a call.</summary>
    public const int MaxItems = 10_000;

    /// <summary>Takes the items out of <c>data</c>, not looked at yet: what is wrong with one stops no other.</summary>
    public static IReadOnlyList<JsonNode?> TakeItems(Fields fields)
    {
        var items = fields.Items("data");
        // A node holds those above it: left in the array, the first would keep all others in memory.
        if (fields.Raw["data"] is JsonArray all) all.Clear();
        if (items.Count == 0) fields.Refuse("Parameter 'data' is required: an array with an item for each profile");
        if (items.Count > MaxItems) fields.Refuse($"Parameter 'data' holds {items.Count} items; a call may hold {MaxItems}");
        return items;
    }

    /// <summary>One after the other, holding none that was given: thousands that live to the end of the call are what the collector has most work with.</summary>
    public static IEnumerable<T> LetGo<T>(Queue<T> items)
    {
        while (items.TryDequeue(out var item)) yield return item;
    }

    /// <summary>The matching keys that all items share. The values come from the items: one value would make all of them the same profile.</summary>
    public static MatchKeys ReadSharedKeys(Fields fields)
    {
        var keys = ProfileEndpoints.ReadKeys(fields);
        return new MatchKeys { Matching = keys.Matching, FieldName = keys.FieldName, ResourceId = keys.ResourceId };
    }

    /// <summary>A profile, or <c>data</c> that holds one, with matching keys and perhaps more beside it. XML has the first form only.</summary>
    /// <param name="more">Reads what else may stand beside <c>data</c>.</param>
    public static BulkItem ReadImport(JsonNode? given, int index, MatchKeys shared, Func<Fields, BulkItem, BulkItem>? more = null)
    {
        if (given is not JsonObject item) return BulkItem.Refused($"Parameter 'data[{index}]' must be an object");
        return item["data"] is JsonObject profile ? Read(item, index, shared, new BulkItem { Data = profile }, more) : new BulkItem { Keys = shared, Data = item };
    }

    /// <summary>Matching keys only.</summary>
    public static BulkItem ReadKeys(JsonNode? given, int index, MatchKeys shared, Func<Fields, BulkItem, BulkItem>? more = null) =>
        given is JsonObject item ? Read(item, index, shared, new BulkItem(), more) : BulkItem.Refused($"Parameter 'data[{index}]' must be an object");

    /// <summary>The items in their order, each with its error.</summary>
    public static JsonArray Every(IEnumerable<(string? ProfileId, Refusal? Refusal)> outcomes)
    {
        var items = new JsonArray();
        foreach (var result in Results(outcomes, 0))
        {
            var shown = TaskEndpoints.Show(result);
            shown.Remove("index");
            items.Add((JsonNode)shown);
        }
        return items;
    }

    /// <summary>The profiles for which something was done.</summary>
    public static JsonArray Done(IEnumerable<string> profileIds) => new([.. profileIds.Select(id => (JsonNode)new JsonObject { ["profile_id"] = id })]);

    /// <summary>The answer of a call with many items: <c>result</c>, and beside it <c>errors</c> when there are any.</summary>
    public static (string, JsonNode?)[] Members(JsonArray result, IEnumerable<(string? ProfileId, Refusal? Refusal)> outcomes)
    {
        var errors = new JsonArray([.. Results(outcomes, 0).Where(item => item.Error != 0).Select(item => (JsonNode)TaskEndpoints.Show(item))]);
        return errors.Count == 0 ? [("result", result)] : [("result", result), ("errors", errors)];
    }

    /// <param name="first">The number of the first item.</param>
    public static IEnumerable<TaskResult> Results(IEnumerable<(string? ProfileId, Refusal? Refusal)> outcomes, long first) => outcomes.Select((outcome, index) =>
        outcome.Refusal is { } refusal ? new TaskResult(first + index, ProfileEndpoints.ToError(refusal).Code, refusal.Text, null) : new TaskResult(first + index, 0, "", outcome.ProfileId));

    private static BulkItem Read(JsonObject given, int index, MatchKeys shared, BulkItem item, Func<Fields, BulkItem, BulkItem>? more)
    {
        var fields = new Fields(given, $"data[{index}].");
        var keys = ProfileEndpoints.ReadKeys(fields);
        item = item with
        {
            Keys = keys with { Matching = keys.Matching ?? shared.Matching, FieldName = keys.FieldName ?? shared.FieldName, ResourceId = keys.ResourceId ?? shared.ResourceId },
        };
        if (more is not null) item = more(fields, item);
        return fields.Error is null ? item : BulkItem.Refused(fields.Error.Text);
    }
}
