using System.Text.Json.Nodes;

namespace Carillon.Profiles;

/// <summary>What an import changed of a profile that was there: the names of fields, and subscriptions with their statuses.</summary>
public sealed record ProfileDifference(IReadOnlyList<string> Fields, IReadOnlyList<JsonObject> Subscriptions)
{
    /// <param name="given">The fields that may have changed.</param>
    public static ProfileDifference Of(Profile before, Profile after, IEnumerable<string> given)
    {
        List<string> fields = [.. given.Where(name => !JsonNode.DeepEquals(before.Fields[name], after.Fields[name]))];
        List<JsonObject> subscriptions = [];
        foreach (var now in after.Subscriptions)
        {
            var was = before.Subscriptions.Find(now.SameAs);
            if (was is not null && was.Status == now.Status) continue;
            subscriptions.Add(new JsonObject { ["resource_id"] = now.ResourceId, ["channel"] = now.Channel, ["contact"] = now.Contact, ["was"] = was?.Status.Word(), ["status"] = now.Status.Word() });
        }
        return new ProfileDifference(fields, subscriptions);
    }
}
