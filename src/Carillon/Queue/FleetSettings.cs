namespace Carillon.Queue;

/// <summary>How the processes that share a PostgreSQL database know of each other.</summary>
public sealed record FleetSettings
{
    /// <summary>Seconds after which a process that gives no sign of life is taken for dead: its claims and its connections go to the
    /// others, and it sends nothing more itself. Each process gives a sign six times in that time. Default 30, at least 2.</summary>
    public double Lease { get; init; } = 30;

    public string? Problem() => Lease is >= 2 and <= 3600 ? null : $"Nodes:Lease is {Lease}, but must be 2 to 3600 seconds";
}
