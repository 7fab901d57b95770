using Carillon.Profiles;

namespace Carillon.Triggers;

/// <summary>Which subscription of a profile gets the message of a launch, or why none does.</summary>
public static class ChooseSubscription
{
    public static (Subscription? Chosen, Refusal? Refusal) Run(TriggerRequest request, Profile profile)
    {
        var trigger = request.Trigger;
        var usable = profile.Subscriptions.Where(subscription => subscription.ResourceId == trigger.Resource && subscription.Channel == trigger.Channel
            && (trigger.Unconditional || subscription.Status == SubscriptionStatus.Subscribed));

        // An import launches to what it passed, not to what happens to be there.
        if (request is { Import: { } import, AnySubscription: false }) usable = usable.Where(subscription => import.Subscriptions.Any(passed => passed.Subscription.SameAs(subscription)));
        if (!trigger.Unconditional && profile.Status != SubscriptionStatus.Subscribed) usable = [];

        var candidates = BestFirst(usable);
        if (request.Filter is { } filter)
        {
            if (candidates.Find(filter.Fits) is { } named) return (named, null);
            if (!filter.NotStrict) return (null, Refusal.Invalid("Parameter 'subscription_filter': the profile has no such active subscription"));
        }
        if (candidates.Count > 0) return (candidates[0], null);
        return (null, Refusal.Invalid(request.Import is null || request.AnySubscription ? "No active subscriptions for trigger resource" : "No active subscriptions passed for trigger resource"));
    }

    /// <summary>The one that the step of a workflow sends to, or a sentence why there is none.</summary>
    public static (Subscription? Chosen, string Why) Best(Profile profile, int resource, string channel, bool unconditional, SubscriptionFilter? filter)
    {
        if (!unconditional && profile.Status != SubscriptionStatus.Subscribed) return (null, $"the profile is {profile.Status.Word()}");
        var candidates = BestFirst(profile.Subscriptions.Where(subscription => subscription.ResourceId == resource && subscription.Channel == channel
            && (unconditional || subscription.Status == SubscriptionStatus.Subscribed)));
        var named = filter is null ? null : candidates.Find(filter.Fits);
        if (filter is { NotStrict: false } && named is null) return (null, "the profile has no such subscription as the call asked for");
        if (named is not null) return (named, "");
        return candidates.Count > 0 ? (candidates[0], "") : (null, $"no active {channel} subscription to resource {resource}");
    }

    /// <summary>By priority (0 is the highest), then the newest.</summary>
    private static List<Subscription> BestFirst(IEnumerable<Subscription> usable) =>
        [.. usable.Reverse().OrderBy(subscription => subscription.Priority).ThenByDescending(subscription => subscription.Created)];
}
