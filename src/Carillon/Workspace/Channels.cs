namespace Carillon.Workspace;

/// <summary>The channels that messages go out on, and that subscriptions are held on.</summary>
public static class Channels
{
    public const string Email = "email";
    public const string Sms = "sms";
    public const string Push = "push";

    /// <summary>Those that a resource, a sender and a trigger can have.</summary>
    public static readonly IReadOnlyList<string> All = [Email, Sms, Push];

    /// <summary>Those that a profile can be subscribed on: consent is kept also for channels that nothing is sent on yet.</summary>
    public static readonly IReadOnlyList<string> OfSubscriptions = [.. All, "telegram_bot", "whatsapp", "viber", "notify"];

    /// <summary>The channel of a subscription that a word names, or null. The API also writes <c>phone</c> for <c>sms</c>.</summary>
    public static string? Find(string word)
    {
        var name = word.ToLowerInvariant();
        if (name == "phone") return Sms;
        return OfSubscriptions.Contains(name) ? name : null;
    }
}
