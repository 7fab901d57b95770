using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Triggers;

namespace Carillon.Api.Docs;

/// <summary><c>/docs</c>, <c>/openapi.json</c> and <c>/postman.json</c>: open to whoever reaches the port, for they tell what every copy of the program tells.</summary>
public static class DocsEndpoints
{
    private const string Policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Map(IEndpointRouteBuilder app, LinkSettings links)
    {
        var version = Assembly.GetExecutingAssembly().GetName().Version!.ToString(3);
        app.MapGet("/openapi.json", (EndpointDataSource endpoints) => Json(OpenApi.Document(Urls(endpoints), links.Base, version)));
        app.MapGet("/postman.json", (EndpointDataSource endpoints) => Json(Postman.Collection(Urls(endpoints), links.Base)));
        app.MapGet("/docs", Page("docs.html", "text/html; charset=utf-8"));
        app.MapGet("/docs/docs.css", Page("docs.css", "text/css; charset=utf-8"));
        app.MapGet("/docs/docs.js", Page("docs.js", "text/javascript; charset=utf-8"));
    }

    private static IEnumerable<string> Urls(EndpointDataSource endpoints) => endpoints.Endpoints.OfType<RouteEndpoint>().Select(endpoint => endpoint.RoutePattern.RawText!);

    private static IResult Json(JsonObject document) => Results.Text(document.ToJsonString(Readable), "application/json; charset=utf-8");

    private static Func<HttpContext, IResult> Page(string name, string type)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("Carillon.Api.Page." + name)!;
        using var reader = new StreamReader(resource);
        var content = reader.ReadToEnd();
        return context =>
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers.CacheControl = "no-cache";
            return Results.Text(content, type);
        };
    }
}
