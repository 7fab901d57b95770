using System.Text.RegularExpressions;

namespace Carillon.Api;

/// <summary>Takes <c>/api/v1.1//databases/list/</c> for <c>/api/v1.1/databases/list</c>: known clients write both. No redirect,
/// which would turn a POST into a GET.</summary>
public static partial class Slashes
{
    public static Task Fold(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path.Value;
        if (path is not null && path.Contains("//", StringComparison.Ordinal)) context.Request.Path = Several().Replace(path, "/");
        return next(context);
    }

    [GeneratedRegex("/{2,}", RegexOptions.NonBacktracking)]
    private static partial Regex Several();
}
