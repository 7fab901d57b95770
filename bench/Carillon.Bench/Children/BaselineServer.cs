using System.Buffers;
using Carillon.Api;
using Carillon.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Carillon.Bench.Children;

/// <summary>
/// Reads the same body with the same code, parses it into the same tree and writes an answer of the same shape, and does
/// nothing in between: what HTTP and JSON alone cost.
/// </summary>
internal static class BaselineServer
{
    public static async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        await using var app = builder.Build();
        var bodies = new RequestBody(new ApiSettings());
        app.MapPost("/api/v1.1/campaigns/triggers/import_and_start", context => AnswerAsync(context, bodies));
        await app.StartAsync(CancellationToken.None);
        Console.WriteLine($"listening {new Uri(app.Urls.First()).Port}");
        await app.WaitForShutdownAsync(CancellationToken.None);
    }

    private static async Task AnswerAsync(HttpContext context, RequestBody bodies)
    {
        var (body, _) = await bodies.ReadAsync(context.Request, 10 << 20, context.RequestAborted);
        using var held = body!;
        var input = WireInput.Read(held.Bytes, WireFormat.Json);
        var answer = input.Error is { } error ? error : ApiAnswer.Ok(("profile_id", "0123456789abcdef01234567"));
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers["Launch-ID"] = "0123456789abcdef01234567";
        var written = new ArrayBufferWriter<byte>(512);
        AnswerWriter.Write(written, answer, WireFormat.Json);
        context.Response.ContentLength = written.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(written.WrittenMemory, context.RequestAborted);
    }
}
