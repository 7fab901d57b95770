namespace Carillon.Api;

/// <summary>A method of the API: its path below <c>/api/v1.1/</c>, or below <c>/api/</c> where it is flat, and what carries it out.</summary>
/// <param name="Files">It takes attachments, so its bodies may be larger.</param>
public sealed record Route(string Path, ApiEndpoint Endpoint, Repeat Repeat, bool Files)
{
    /// <summary>Its parameters stand flat in the URL or the body, and its answer is a text with a real HTTP status.</summary>
    public bool Flat { get; init; }
}
