using System.Text.Json;
using System.Text.Json.Nodes;

namespace Carillon.Api.Docs;

/// <summary>The methods as a Postman collection (2.1), a folder per group; the token and the server are its variables.</summary>
public static class Postman
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="urls">Those that the server has.</param>
    public static JsonObject Collection(IEnumerable<string> urls, string server) => new()
    {
        ["info"] = new JsonObject { ["name"] = "Carillon", ["schema"] = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json" },
        ["auth"] = new JsonObject
        {
            ["type"] = "bearer", ["bearer"] = new JsonArray(new JsonObject { ["key"] = "token", ["value"] = "{{token}}", ["type"] = "string" }),
        },
        ["variable"] = new JsonArray(new JsonObject { ["key"] = "server", ["value"] = server }, new JsonObject { ["key"] = "token", ["value"] = "" }),
        ["item"] = new JsonArray([.. Methods.Of(urls).GroupBy(doc => doc.Group).Select(group => (JsonNode)new JsonObject
        {
            ["name"] = group.Key, ["item"] = new JsonArray([.. group.SelectMany(doc => doc.Verbs.Select(verb => (JsonNode)Item(doc, verb)))]),
        })]),
    };

    private static JsonObject Item(MethodDoc doc, string verb)
    {
        // What stands in braces is the program's to fill in, as :name.
        var request = new JsonObject
        {
            ["method"] = verb, ["description"] = doc.Summary, ["url"] = "{{server}}" + doc.Url.Replace('{', ':').Replace("}", "", StringComparison.Ordinal),
        };
        if (doc.Open) request["auth"] = new JsonObject { ["type"] = "noauth" };
        if (verb != "GET")
        {
            // The collection's own token goes in the header.
            var body = Examples.Json(doc.Example);
            body.Remove("token");
            request["header"] = new JsonArray(new JsonObject { ["key"] = "Content-Type", ["value"] = "application/json" });
            request["body"] = new JsonObject { ["mode"] = "raw", ["raw"] = body.ToJsonString(Readable) };
        }
        return new JsonObject { ["name"] = doc.Path, ["request"] = request };
    }
}
