using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.History;

namespace Carillon.Profiles;

/// <summary>The event that tells an import in a profile's history.</summary>
public static class ImportEvents
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="trace">Remarks on the import; a launch keeps them itself.</param>
    /// <param name="quiet">The caller asked to skip triggers.</param>
    public static Event Of(Profile profile, bool created, string launchId, IReadOnlyList<string> trace, long now, bool quiet = false) => new()
    {
        ProfileId = profile.Id, DatabaseId = profile.DatabaseId, Kind = EventKinds.ImportApi, Time = now, LaunchId = launchId, Quiet = quiet, Fields = profile.Fields,
        Document = Document(created, profile.Difference, trace),
    };

    private static string Document(bool created, ProfileDifference? difference, IReadOnlyList<string> trace)
    {
        // Most imports have nothing to tell but this.
        if (trace.Count == 0 && difference is null or { Fields.Count: 0, Subscriptions.Count: 0 }) return created ? """{"created":true}""" : """{"created":false}""";
        var document = new JsonObject { ["created"] = created };
        if (difference is { Fields.Count: > 0 }) document["changed"] = new JsonArray([.. difference.Fields.Select(name => (JsonNode)name)]);
        if (difference is { Subscriptions.Count: > 0 }) document["subscriptions"] = new JsonArray([.. difference.Subscriptions]);
        if (trace.Count > 0) document["trace"] = new JsonArray([.. trace.Select(remark => (JsonNode)remark)]);
        return document.ToJsonString(Compact);
    }
}
