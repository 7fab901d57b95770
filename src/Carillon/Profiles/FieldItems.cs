using System.Text.Json.Nodes;

namespace Carillon.Profiles;

/// <summary>What field functions do inside tags and objects; always on copies.</summary>
internal static class FieldItems
{
    /// <summary>The items and those of the new ones that are not there yet.</summary>
    public static JsonArray Add(JsonArray? stored, JsonArray more)
    {
        var (result, known) = (new JsonArray(), new HashSet<string>());
        foreach (var item in (stored ?? []).Concat(more))
        {
            if (known.Add(Text(item))) result.Add(item?.DeepClone());
        }
        return result;
    }

    /// <summary>The items without the given ones; null when none is left.</summary>
    public static JsonArray? Delete(JsonArray? stored, JsonArray given)
    {
        HashSet<string> gone = [.. given.Select(Text)];
        var result = new JsonArray([.. (stored ?? []).Where(item => !gone.Contains(Text(item))).Select(item => item?.DeepClone())]);
        return result.Count == 0 ? null : result;
    }

    /// <summary>Sets a property, making the objects on the way; a null removes it.</summary>
    public static JsonObject Put(JsonObject stored, IReadOnlyList<string> path, JsonNode? value)
    {
        var result = (JsonObject)stored.DeepClone();
        var at = result;
        foreach (var step in path.Take(path.Count - 1))
        {
            if (at[step] is not JsonObject inner) at[step] = inner = [];
            at = inner;
        }
        if (value is null) at.Remove(path[^1]);
        else at[path[^1]] = value.DeepClone();
        return result;
    }

    /// <summary>Changes each object that has the property: an object's members are set beside it, another value becomes the property's own.</summary>
    public static JsonArray PutEach(JsonArray stored, IReadOnlyList<string> path, JsonNode? value)
    {
        var result = new JsonArray();
        foreach (var item in stored)
        {
            if (item is not JsonObject json || !Has(json, path)) result.Add(item?.DeepClone());
            else if (value is not JsonObject members) result.Add((JsonNode)Put(json, path, value));
            else result.Add((JsonNode)members.Aggregate(json, (changed, member) => Put(changed, [member.Key], member.Value)));
        }
        return result;
    }

    public static int Depth(JsonNode? node) => node switch
    {
        JsonObject members => 1 + members.Select(member => Depth(member.Value)).DefaultIfEmpty().Max(),
        JsonArray items => 1 + items.Select(Depth).DefaultIfEmpty().Max(),
        _ => 0,
    };

    private static bool Has(JsonObject json, IReadOnlyList<string> path)
    {
        JsonNode? at = json;
        foreach (var step in path)
        {
            if (at is not JsonObject members || !members.TryGetPropertyValue(step, out at)) return false;
        }
        return true;
    }

    /// <summary>Equal items have equal texts, in whatever order their members stand.</summary>
    private static string Text(JsonNode? item) => item is JsonObject members
        ? new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))).ToJsonString()
        : item?.ToJsonString() ?? "null";
}
