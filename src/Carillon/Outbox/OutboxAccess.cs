using System.Net;

namespace Carillon.Outbox;

/// <summary>
/// Lets in only who sits at this machine, unless the mailbox is open to all. The connection must come from this machine and
/// not through a proxy on it, and the request must name this machine as its host: a page of another site can make a browser
/// connect to this machine under its own name (DNS rebinding), but not under ours.
/// </summary>
public sealed class OutboxAccess(OutboxSettings settings) : IEndpointFilter
{
    private const string Refusal = """
        The mailbox can be read only on the machine that the server runs on, at http://localhost:PORT/outbox.
        To open it to everybody who reaches this port, start the server with CARILLON_OUTBOX__OPEN=true.

        """;

    private static readonly string[] OfProxies = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"];

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (settings.Open || IsLocal(context.HttpContext)) return await next(context);
        return Results.Text(Refusal, statusCode: StatusCodes.Status403Forbidden);
    }

    private static bool IsLocal(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)
        && !OfProxies.Any(context.Request.Headers.ContainsKey)
        && IsLoopbackName(context.Request.Host.Host);

    private static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
