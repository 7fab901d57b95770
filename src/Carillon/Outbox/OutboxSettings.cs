namespace Carillon.Outbox;

/// <summary>Settings under <c>Outbox:</c>, as environment <c>CARILLON_OUTBOX__...</c>.</summary>
public sealed record OutboxSettings
{
    /// <summary>How many mails the built-in mailbox keeps; older ones go. Default 1000.</summary>
    public int Keep { get; init; } = 1000;

    /// <summary>Lets everybody who reaches the port read the mailbox. Default false: only this machine.</summary>
    public bool Open { get; init; }

    /// <summary>What is wrong with the settings, or null.</summary>
    public string? Problem() => Keep is < 1 or > 100_000 ? "Outbox:Keep must be between 1 and 100000" : null;
}
