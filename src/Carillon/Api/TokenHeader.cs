namespace Carillon.Api;

/// <summary>The token of <c>Authorization: Bearer</c>.</summary>
public static class TokenHeader
{
    private const string Scheme = "Bearer ";

    /// <summary>Null also where the header names none: then the token may stand elsewhere.</summary>
    public static string? Read(HttpRequest request) =>
        request.Headers.Authorization.FirstOrDefault() is { } header && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && header[Scheme.Length..].Trim() is { Length: > 0 } secret ? secret : null;
}
