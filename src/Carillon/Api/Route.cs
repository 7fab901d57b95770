namespace Carillon.Api;

/// <summary>A method of the API: its path below <c>/api/v1.1/</c>, or below <c>/api/</c> where it is flat, and what carries it out.</summary>
/// <param name="Files">What makes its bodies larger than others.</param>
public sealed record Route(string Path, ApiEndpoint Endpoint, Repeat Repeat, Files Files)
{
    /// <summary>Its parameters stand flat in the URL or the body, and its answer is a text with a real HTTP status.</summary>
    public bool Flat { get; init; }
}
