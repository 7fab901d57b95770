namespace Carillon.Outbox;

/// <summary>What a browser may do with the mailbox. Mails are written by strangers as often as not.</summary>
public static class OutboxHeaders
{
    private const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Set on every answer; an endpoint may replace them.</summary>
    public static ValueTask<object?> Set(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var headers = context.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = PagePolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return next(context);
    }

    /// <summary>
    /// For a mail's HTML: no scripts, no forms, nothing loaded from elsewhere except, when asked for, images. A link that is
    /// clicked opens a tab, so that confirmation links can be tried.
    /// </summary>
    public static string MailPolicy(bool remoteImages) =>
        $"sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:{(remoteImages ? " https: http:" : "")}; " +
        "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
}
