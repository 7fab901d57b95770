namespace Carillon.Retention;

/// <summary>Settings under <c>Retention:</c>, as environment <c>CARILLON_RETENTION__...</c>. How long what is done with is kept, in days.</summary>
public sealed record RetentionSettings
{
    /// <summary>Messages after their verdict, with their attempts, launches and content; runs after their end, with their steps. Default 30.</summary>
    public int Messages { get; init; } = 30;

    /// <summary>Attachments of launches that no message waits for. Default 7.</summary>
    public int Attachments { get; init; } = 7;

    /// <summary>Tasks after their end, with their results. Default 7.</summary>
    public int Tasks { get; init; } = 7;

    /// <summary>Events. Default 365.</summary>
    public int Events { get; init; } = 365;

    /// <summary>Seconds between two rounds of the cleaner. Default 60.</summary>
    public int Every { get; init; } = 60;

    /// <summary>What is wrong with the settings, or null.</summary>
    public string? Problem() => this switch
    {
        { Messages: < 1 or > 36_500 } => "Retention:Messages must be between 1 and 36500 days",
        { Attachments: < 1 or > 36_500 } => "Retention:Attachments must be between 1 and 36500 days",
        { Tasks: < 1 or > 36_500 } => "Retention:Tasks must be between 1 and 36500 days",
        { Events: < 1 or > 36_500 } => "Retention:Events must be between 1 and 36500 days",
        { Every: < 1 or > 86_400 } => "Retention:Every must be between 1 and 86400 seconds",
        _ => null,
    };
}
