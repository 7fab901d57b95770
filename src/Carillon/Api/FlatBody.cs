using System.Text;
using System.Text.Json.Nodes;
using Carillon.Wire;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Carillon.Api;

/// <summary>Reads parameters that stand flat in the URL or in the body (a form, JSON or XML); the body wins.</summary>
public static class FlatBody
{
    private const string Form = "application/x-www-form-urlencoded";

    public static WireInput Read(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        var (root, error) = ReadBody(request, body);
        if (root is null) return new WireInput(null, error);
        foreach (var (name, values) in request.Query)
        {
            if (!root.ContainsKey(name)) root[name] = Value(values);
        }
        return new WireInput(root, null);
    }

    private static WireInput ReadBody(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        if (body.Length == 0) return new WireInput([], null);
        if (request.ContentType?.StartsWith(Form, StringComparison.OrdinalIgnoreCase) == true)
        {
            var form = QueryHelpers.ParseQuery(Encoding.UTF8.GetString(body.Span));
            return new WireInput(new JsonObject(form.Select(field => KeyValuePair.Create(field.Key, Value(field.Value)))), null);
        }
        return WireFormats.OfContentType(request.ContentType) is { } format ? WireInput.Read(body, format) : new WireInput(null, ApiError.UnsupportedContentType(request.ContentType));
    }

    private static JsonNode? Value(StringValues values) => values.Count == 1 ? JsonValue.Create(values[0]) : new JsonArray([.. values.Select(value => (JsonNode?)value)]);
}
