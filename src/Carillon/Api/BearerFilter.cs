using Carillon.Triggers;
using Carillon.Workspace;

namespace Carillon.Api;

/// <summary>Lets a call of <c>/api/v2</c> through when it carries a known token.</summary>
public sealed class BearerFilter(WorkspaceSource workspace) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        var secret = TokenHeader.Read(request) ?? request.Query["token"].FirstOrDefault();
        if (!string.IsNullOrEmpty(secret) && await workspace.FindTokenAsync(secret, context.HttpContext.RequestAborted) is not null) return await next(context);
        context.HttpContext.Response.Headers.WWWAuthenticate = "Bearer";
        return LaunchEndpoints.Problem(401, "Send an API token as the header 'Authorization: Bearer <token>'");
    }
}
