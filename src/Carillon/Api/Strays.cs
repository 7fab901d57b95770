using Carillon.Storage;
using Carillon.Triggers;

namespace Carillon.Api;

/// <summary>Who asks <c>/api/v2</c> for what is not there, or by another verb, hears it in the form of its other errors.</summary>
public static class Strays
{
    public static Task NoSuchUrl(HttpContext context) => LaunchEndpoints.Problem(404, $"There is nothing at {ShortText.Cut(context.Request.Path.Value ?? "", 200)}").ExecuteAsync(context);

    /// <param name="verb">The one that the URL has.</param>
    public static RequestDelegate Only(string verb) => context =>
    {
        context.Response.Headers.Allow = verb;
        return LaunchEndpoints.Problem(405, $"Ask by {verb}, not by {ShortText.Cut(context.Request.Method, 20)}").ExecuteAsync(context);
    };
}
