namespace Carillon.Profiles;

/// <summary>May this be messaged? Used for one subscription and, as <c>_status</c>, for the whole profile. The numbers are the API's.</summary>
public enum SubscriptionStatus { Subscribed, Unsubscribed, Complained, Hardbounced, Unconfirmed, Suspended, Invalid }

public static class SubscriptionStatuses
{
    private static readonly string[] Words = ["subscribed", "unsubscribed", "complained", "hardbounced", "unconfirmed", "suspended", "invalid"];

    public static string Word(this SubscriptionStatus status) => Words[(int)status];

    /// <summary>Reads a word or a number. -1 means "leave as it is" and reads as null.</summary>
    public static bool TryParse(string text, out SubscriptionStatus? status)
    {
        status = null;
        if (text == "-1") return true;
        var number = int.TryParse(text, out var given) ? given : Array.IndexOf(Words, text.ToLowerInvariant());
        if (number < 0 || number >= Words.Length) return false;
        status = (SubscriptionStatus)number;
        return true;
    }
}
