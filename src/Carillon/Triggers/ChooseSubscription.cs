using Carillon.Profiles;

namespace Carillon.Triggers;

/// <summary>Which subscription of a profile gets the message of a launch, or why none does.</summary>
public static class ChooseSubscription
{
    public static (Subscription? Chosen, Refusal? Refusal) Run(TriggerRequest request, Profile profile)
    {
        var trigger = request.Trigger;
        // An import launches to what it passed, not to what happens to be there.
        var passed = request.AnySubscription ? null : request.Import?.Subscriptions;
        var (named, best) = Best(profile, trigger.Resource, trigger.Channel, trigger.Unconditional, request.Filter, passed);
        if (named is not null) return (named, null);
        if (request.Filter is { NotStrict: false }) return (null, Refusal.Invalid("Parameter 'subscription_filter': the profile has no such active subscription"));
        return best is not null ? (best, null)
            : (null, Refusal.Invalid(passed is null ? "No active subscriptions for trigger resource" : "No active subscriptions passed for trigger resource"));
    }

    /// <summary>The one that the step of a workflow sends to, or a sentence why there is none.</summary>
    public static (Subscription? Chosen, string Why) Best(Profile profile, int resource, string channel, bool unconditional, SubscriptionFilter? filter)
    {
        if (!unconditional && profile.Status != SubscriptionStatus.Subscribed) return (null, $"the profile is {profile.Status.Word()}");
        var (named, best) = Best(profile, resource, channel, unconditional, filter, passed: null);
        if (filter is { NotStrict: false } && named is null) return (null, "the profile has no such subscription as the call asked for");
        return (named ?? best) is { } chosen ? (chosen, "") : (null, $"no active {channel} subscription to resource {resource}");
    }

    /// <summary>The best of those that a filter names, and the best of all.</summary>
    private static (Subscription? Named, Subscription? Any) Best(Profile profile, int resource, string channel, bool unconditional, SubscriptionFilter? filter, IReadOnlyList<SubscriptionInput>? passed)
    {
        (Subscription? Named, Subscription? Any) best = default;
        if (!unconditional && profile.Status != SubscriptionStatus.Subscribed) return best;
        foreach (var subscription in profile.Subscriptions)
        {
            if (subscription.ResourceId != resource || subscription.Channel != channel || !unconditional && subscription.Status != SubscriptionStatus.Subscribed) continue;
            if (passed is not null && !IsPassed(subscription, passed)) continue;
            if (IsBetter(subscription, best.Any)) best.Any = subscription;
            if (filter is not null && IsBetter(subscription, best.Named) && filter.Fits(subscription)) best.Named = subscription;
        }
        return best;
    }

    private static bool IsPassed(Subscription subscription, IReadOnlyList<SubscriptionInput> passed)
    {
        foreach (var input in passed)
        {
            if (input.Subscription.SameAs(subscription)) return true;
        }
        return false;
    }

    /// <summary>By priority (0 is the highest), then the newest; of two equals the later one.</summary>
    private static bool IsBetter(Subscription subscription, Subscription? best) => best is null
        || subscription.Priority < best.Priority || subscription.Priority == best.Priority && subscription.Created >= best.Created;
}
