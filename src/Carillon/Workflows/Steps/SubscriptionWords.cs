using Carillon.Profiles;

namespace Carillon.Workflows.Steps;

/// <summary>The statuses of subscriptions, as words.</summary>
public static class SubscriptionWords
{
    public static readonly IReadOnlyList<string> All = [.. Enum.GetValues<SubscriptionStatus>().Select(status => status.Word())];
}
