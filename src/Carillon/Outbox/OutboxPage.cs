using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Carillon.Outbox;

/// <summary>The files of the page, carried inside the program.</summary>
public static class OutboxPage
{
    public static void Map(RouteGroupBuilder outbox)
    {
        outbox.MapGet("", Serve("index.html", "text/html; charset=utf-8"));
        outbox.MapGet("/outbox.css", Serve("outbox.css", "text/css; charset=utf-8"));
        foreach (var script in (string[])["outbox.js", "mail.js", "parts.js"])
            outbox.MapGet("/" + script, Serve(script, "text/javascript; charset=utf-8"));
    }

    /// <summary>The browser may keep it, and asks each time whether it is still the same.</summary>
    private static Func<HttpContext, IResult> Serve(string name, string type)
    {
        var content = Read(name);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\"");
        return context =>
        {
            context.Response.Headers.CacheControl = "no-cache";
            return Results.Bytes(content, type, entityTag: tag);
        };
    }

    private static byte[] Read(string name)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("Carillon.Outbox.Page." + name)!;
        using var content = new MemoryStream();
        resource.CopyTo(content);
        return content.ToArray();
    }
}
