using System.Text.Json;
using System.Text.Json.Nodes;

namespace Carillon.Api.Docs;

/// <summary>The methods as a Postman collection (2.1), a folder per group; the token and the server are its variables.</summary>
public static class Postman
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonObject Collection(IEnumerable<string> routes, string server)
    {
        var docs = Methods.All.ToDictionary(doc => doc.Path);
        var told = routes.Where(docs.ContainsKey).Select(path => docs[path]);
        return new JsonObject
        {
            ["info"] = new JsonObject { ["name"] = "Carillon", ["schema"] = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json" },
            ["auth"] = new JsonObject
            {
                ["type"] = "bearer", ["bearer"] = new JsonArray(new JsonObject { ["key"] = "token", ["value"] = "{{token}}", ["type"] = "string" }),
            },
            ["variable"] = new JsonArray(new JsonObject { ["key"] = "server", ["value"] = server }, new JsonObject { ["key"] = "token", ["value"] = "" }),
            ["item"] = new JsonArray([.. told.GroupBy(doc => doc.Group).Select(group => (JsonNode)new JsonObject
            {
                ["name"] = group.Key, ["item"] = new JsonArray([.. group.Select(doc => (JsonNode)Item(doc))]),
            })]),
        };
    }

    private static JsonObject Item(MethodDoc doc)
    {
        // The collection's own token goes in the header.
        var body = Examples.Json(doc.Example);
        body.Remove("token");
        return new JsonObject
        {
            ["name"] = doc.Path,
            ["request"] = new JsonObject
            {
                ["method"] = "POST", ["description"] = doc.Summary, ["url"] = "{{server}}/api/v1.1/" + doc.Path,
                ["header"] = new JsonArray(new JsonObject { ["key"] = "Content-Type", ["value"] = "application/json" }),
                ["body"] = new JsonObject { ["mode"] = "raw", ["raw"] = body.ToJsonString(Readable) },
            },
        };
    }
}
