namespace Carillon.Api;

/// <summary>A method of the API: its path below <c>/api/v1.1/</c> and what carries it out.</summary>
/// <param name="Files">It takes attachments, so its bodies may be larger.</param>
public sealed record Route(string Path, ApiEndpoint Endpoint, Repeat Repeat, bool Files);
