namespace Carillon.Wire;

/// <summary>
/// An error as the API tells it: the original's number, a sentence that names the parameter, and sometimes a technical
/// detail. This file is the one table of them; documented texts are kept letter for letter.
/// </summary>
public sealed record ApiError(int Code, string Text, string? Debug = null)
{
    public static readonly ApiError TokenMissing = new(401, "API token is missing: send it as the header 'Authorization: Bearer <token>' or as 'token' in the body");
    public static readonly ApiError TokenWrong = new(401, "API token is not known");
    public static readonly ApiError BodyTooLarge = new(400, "Invalid request", "http: request body too large");
    public static readonly ApiError Internal = new(500, "Internal service error");
    public static readonly ApiError Busy = new(500, "The server is busy: nothing was stored, try again in a moment");

    public static readonly ApiError StoreAway = new(500, "The database cannot be reached: nothing was stored, try again in a moment");
    public static readonly ApiError StoreSlow = new(500, "The database did not answer in time: nothing was stored, try again in a moment");
    public static readonly ApiError StoreFull = new(500, "The database's disk is full: nothing was stored");
    public static readonly ApiError OutcomeUnknown = new(500, "The connection to the database broke: it is not known whether the call was carried out; repeat it with the same Request-ID");

    /// <summary>A fault of ours, with one item of many.</summary>
    public static ApiError Fault(string text) => new(500, text);
    /// <summary>A parameter is missing, malformed or not allowed.</summary>
    public static ApiError Invalid(string text, string? debug = null) => new(400, text, debug);
    /// <summary>The object does not exist among what the token may see.</summary>
    public static ApiError NotFound(string text) => new(404, text);
    /// <summary>Another record has the same unique attributes.</summary>
    public static ApiError Clash(string text) => new(409, text);
    public static readonly ApiError OtherRequest = new(409, "This Request-ID was used for another request: send a new one");
    /// <summary>The database is not available in the resource.</summary>
    public static ApiError DatabaseNotInResource(string text) => new(413, text);
    public static ApiError UnsupportedContentType(string? given) => new(415, given is null
        ? "The header Content-Type is missing: send application/json or application/xml"
        : $"Content-Type '{given}' is not supported: send application/json or application/xml in UTF-8");
    /// <summary>Several objects have the given attributes.</summary>
    public static ApiError Ambiguous(string text) => new(435, text);
    public static ApiError NoSuchMethod(string method, string path) => new(501, $"Method does not exist: {method} {path}");
}
