using Carillon.Profiles;

namespace Carillon.Triggers;

/// <summary>Which subscription of a profile gets the message of a launch, or why none does.</summary>
public static class ChooseSubscription
{
    public static (Subscription? Chosen, Refusal? Refusal) Run(LaunchRequest request, Profile profile)
    {
        var trigger = request.Trigger;
        var usable = profile.Subscriptions.Where(subscription => subscription.ResourceId == trigger.Resource && subscription.Channel == trigger.Channel
            && (trigger.Unconditional || subscription.Status == SubscriptionStatus.Subscribed));

        // An import launches to what it passed, not to what happens to be there.
        if (request.Import is { } import) usable = usable.Where(subscription => import.Subscriptions.Any(passed => passed.Subscription.SameAs(subscription)));
        if (!trigger.Unconditional && profile.Status != SubscriptionStatus.Subscribed) usable = [];

        // The best by priority (0 is the highest), then the newest.
        List<Subscription> candidates = [.. usable.Reverse().OrderBy(subscription => subscription.Priority).ThenByDescending(subscription => subscription.Created)];
        if (request.Filter is { } filter)
        {
            if (candidates.Find(filter.Fits) is { } named) return (named, null);
            if (!filter.NotStrict) return (null, Refusal.Invalid("Parameter 'subscription_filter': the profile has no such active subscription"));
        }
        if (candidates.Count > 0) return (candidates[0], null);
        return (null, Refusal.Invalid(request.Import is null ? "No active subscriptions for trigger resource" : "No active subscriptions passed for trigger resource"));
    }
}
