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
    public static Event Of(Profile profile, bool created, string launchId, IReadOnlyList<string> trace, long now) => new()
    {
        ProfileId = profile.Id, DatabaseId = profile.DatabaseId, Kind = EventKinds.ImportApi, Time = now, LaunchId = launchId,
        Document = trace.Count == 0
            ? created ? """{"created":true}""" : """{"created":false}"""
            : new JsonObject { ["created"] = created, ["trace"] = new JsonArray([.. trace.Select(remark => (JsonNode)remark)]) }.ToJsonString(Compact),
    };
}
