namespace Carillon.Workflows;

/// <summary>Settings under <c>Workflows:</c>, as environment <c>CARILLON_WORKFLOWS__...</c>.</summary>
public sealed record WorkflowSettings
{
    /// <summary>Lets nodes of type <c>http_request</c> call private, loopback and link-local addresses. Default false.</summary>
    public bool AllowPrivateAddresses { get; init; }

    /// <summary>How many of their requests a process makes at once. Default 32, 1 to 1000.</summary>
    public int HttpRequests { get; init; } = 32;

    /// <summary>What is wrong with the settings, or null.</summary>
    public string? Problem() => HttpRequests is < 1 or > 1000 ? "Workflows:HttpRequests must be between 1 and 1000" : null;
}
