namespace Carillon.Queue;

/// <summary>Settings under <c>Tasks:</c>, as environment <c>CARILLON_TASKS__...</c>.</summary>
public sealed record TaskSettings
{
    /// <summary>How many days a finished task and its results can be asked for. Default 7.</summary>
    public int KeepDays { get; init; } = 7;

    /// <summary>What is wrong with the settings, or null.</summary>
    public string? Problem() => KeepDays is < 1 or > 3650 ? "Tasks:KeepDays must be between 1 and 3650" : null;
}
