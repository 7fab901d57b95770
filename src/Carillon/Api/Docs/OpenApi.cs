using System.Text.Json.Nodes;

namespace Carillon.Api.Docs;

/// <summary>The methods as an OpenAPI 3.1 document.</summary>
public static class OpenApi
{
    /// <param name="urls">Those that the server has.</param>
    public static JsonObject Document(IEnumerable<string> urls, string server, string version)
    {
        var paths = new JsonObject();
        foreach (var doc in Methods.Of(urls)) paths[doc.Url] = new JsonObject(doc.Verbs.Select(verb => KeyValuePair.Create(verb.ToLowerInvariant(), (JsonNode?)Operation(doc, verb))));
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Carillon", ["version"] = version,
                ["description"] = "Every method below /api/v1.1 is a POST with a body in JSON or XML. The token goes in the header, Authorization: Bearer, or stands as token in the body. An answer with error 0 succeeded.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = server }),
            ["security"] = new JsonArray(new JsonObject { ["token"] = new JsonArray() }),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject { ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" } },
                ["schemas"] = new JsonObject { ["Answer"] = Answer() },
            },
        };
    }

    private static JsonObject Operation(MethodDoc doc, string verb)
    {
        var operation = new JsonObject
        {
            ["operationId"] = doc.Path.Replace('/', '_').Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal) + (verb == "GET" ? "_get" : ""),
            ["summary"] = doc.Summary, ["tags"] = new JsonArray(doc.Group),
        };
        if (doc.Open) operation["security"] = new JsonArray();
        if (doc.Read().Where(doc.IsInUrl).ToList() is { Count: > 0 } inUrl) operation["parameters"] = new JsonArray([.. inUrl.Select(parameter => (JsonNode)InUrl(parameter))]);
        if (verb != "GET")
        {
            operation["requestBody"] = new JsonObject
            {
                ["required"] = true,
                ["content"] = new JsonObject
                {
                    ["application/json"] = new JsonObject { ["schema"] = Schema(doc), ["example"] = Examples.Json(doc.Example) },
                    ["application/xml"] = new JsonObject { ["schema"] = Schema(doc), ["example"] = Examples.Xml(doc.Example) },
                },
            };
        }
        operation["responses"] = new JsonObject { ["200"] = doc.Flat ? Sentence() : Success() };
        return operation;
    }

    private static JsonObject InUrl(ParameterDoc parameter) => new()
    {
        ["name"] = parameter.Name, ["in"] = "path", ["required"] = true, ["description"] = parameter.Description, ["schema"] = TypeOf(parameter.Type),
    };

    private static JsonObject Success() => new()
    {
        ["description"] = "The answer; error says whether it succeeded.",
        ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/Answer" } } },
    };

    private static JsonObject Sentence() => new()
    {
        ["description"] = "It succeeded; other statuses say what is wrong, each with a sentence.",
        ["content"] = new JsonObject { ["text/plain"] = new JsonObject { ["schema"] = TypeOf("text") } },
    };

    private static JsonObject Answer() => new()
    {
        ["type"] = "object", ["required"] = new JsonArray("error", "error_text"),
        ["properties"] = new JsonObject
        {
            ["error"] = new JsonObject { ["type"] = "integer", ["description"] = "0 for success; 400 what is wrong stands in error_text, 401 token, 404 not there, 409 clash, 435 several match, 500 ours." },
            ["error_text"] = new JsonObject { ["type"] = "string" },
            ["error_debug"] = new JsonObject { ["type"] = "string" },
            ["data"] = new JsonObject { ["description"] = "What was asked for; null where there is nothing to say." },
            ["profile_id"] = new JsonObject { ["type"] = "string" },
        },
    };

    /// <summary><c>a[].b</c> stands in the items of <c>a</c>, <c>a.b</c> in <c>a</c>.</summary>
    private static JsonObject Schema(MethodDoc doc)
    {
        var root = new JsonObject { ["type"] = "object" };
        foreach (var parameter in doc.Read().Where(parameter => !doc.IsInUrl(parameter)))
        {
            var steps = parameter.Name.Split('.');
            var at = root;
            foreach (var step in steps[..^1]) at = Inside(at, step);
            var schema = TypeOf(parameter.Type);
            schema["description"] = parameter.Description;
            Properties(at)[steps[^1]] ??= schema;
            if (!parameter.Required) continue;
            if (at["required"] is not JsonArray required) at["required"] = required = [];
            required.Add((JsonNode)steps[^1]);
        }
        return root;
    }

    private static JsonObject Inside(JsonObject at, string step)
    {
        var name = step.EndsWith("[]", StringComparison.Ordinal) ? step[..^2] : step;
        if (Properties(at)[name] is not JsonObject found) Properties(at)[name] = found = TypeOf(name == step ? "object" : "objects");
        return name == step ? found : (JsonObject)found["items"]!;
    }

    private static JsonObject Properties(JsonObject at)
    {
        if (at["properties"] is not JsonObject properties) at["properties"] = properties = [];
        return properties;
    }

    private static JsonObject TypeOf(string type) => type switch
    {
        "text" => new() { ["type"] = "string" },
        "int" => new() { ["type"] = "integer" },
        "number" => new() { ["type"] = "number" },
        "bool" => new() { ["type"] = "boolean" },
        "moment" => new() { ["type"] = "string", ["format"] = "date-time" },
        "object" => new() { ["type"] = "object" },
        "texts" => new() { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } },
        "ints" => new() { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "integer" } },
        "objects" => new() { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "object" } },
        "any" => [],
        _ => throw new InvalidOperationException($"{type} is no type of a parameter"),
    };
}
