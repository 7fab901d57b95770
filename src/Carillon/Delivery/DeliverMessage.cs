using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Delivery.Email;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Templates;
using Carillon.Workspace;

namespace Carillon.Delivery;

/// <summary>A claimed message with what its delivery needs, as it is now, not as it was at the launch.</summary>
public sealed record Delivering(Message Message, Launch? Launch, Profile? Profile, WorkspaceModel Workspace, IReadOnlyList<Attachment> Attachments);

/// <summary>
/// From a claimed message to its verdict: a page of steps, each of which decides or hands on.
/// </summary>
/// <remarks>
/// <code>
///   expired? -- trigger there, not dropped? -- profile there? -- willing? -- render -- on the wire -- what did they say?
/// </code>
/// </remarks>
/// <param name="lostAnswer">Whether the answer to one of its tries was lost, so that the mail may have arrived.</param>
/// <param name="isOurs">The claim still holds; asked again at the last moment, for the way to the wire may be long.</param>
public sealed class DeliverMessage(
    EmailTemplates templates, Func<Message, Task<bool>> markOnWire, Func<Message, CancellationToken, Task<bool>> lostAnswer, Func<Message, bool> isOurs, TimeProvider time)
{
    private const string LostClaim = "this process could give no sign of life, so another one may have taken it";

    /// <param name="recalled">Takes the message back unless it is on the wire.</param>
    /// <exception cref="OperationCanceledException">Cancelled, or recalled, while it was certain that the mail had not been handed over.</exception>
    public async Task<Verdict> RunAsync(Delivering delivering, ISender sender, CancellationToken recalled, CancellationToken cancel)
    {
        var (message, launch, profile, workspace, _) = delivering;

        // 1. Too late?
        if (Now() >= message.ExpiresAt) return await TooLateAsync(message, recalled);

        // 2. Is it still wanted?
        var (manner, unwanted) = Manner.Of(message, workspace);
        if (manner is null) return Verdict.Skipped(unwanted);
        if (launch is null) return Verdict.Failed("the launch no longer exists");
        if (delivering.Attachments.Count != launch.AttachmentCount) return Verdict.Failed($"of the launch's files ({launch.AttachmentCount}) {delivering.Attachments.Count} are left");

        // 3. Is the profile still there, and still willing?
        if (profile is null) return Verdict.Skipped("the profile no longer exists");
        var subscription = profile.Subscriptions.Find(candidate => Fits(candidate, message));
        if (!manner.Unconditional && Unwilling(profile, subscription) is { } why) return Verdict.Skipped(why);

        // 4. Write the mail.
        var (mail, problem) = Render(delivering, manner, subscription);
        if (mail is null) return Verdict.Failed(problem);

        // 5. Hand it over. Where a repeat would be worse than a loss, the disk knows before the wire does.
        if (manner.OnUnknown == OnUnknown.Hold && !await markOnWire(message)) return Verdict.Released("another process took it", Now());
        var started = Now();
        var (result, gone) = await SendAsync(sender, mail with { MayGo = () => isOurs(message), Recalled = recalled }, cancel);
        if (result is null) return Verdict.Released(gone, Now());
        var attempt = new Attempt(message.Attempts, message.SenderId, started, Now(), result.Outcome.ToString().ToLowerInvariant(), result.Reply);

        // 6. What did they say?
        return result.Outcome switch
        {
            SendOutcome.Sent => Verdict.Sent(attempt),
            SendOutcome.Failed => Verdict.Failed(result.Reply, attempt),
            SendOutcome.Unknown when manner.OnUnknown == OnUnknown.Hold => Verdict.Unknown(result.Reply, attempt),
            _ => await RetryAsync(message, result, attempt),
        };
    }

    private static async Task<(SendResult? Result, string Gone)> SendAsync(ISender sender, OutgoingMail mail, CancellationToken cancel)
    {
        try
        {
            return (mail.MayGo() ? await sender.SendAsync(mail, cancel) : null, LostClaim);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested && !mail.Recalled.IsCancellationRequested)
        {
            return (null, LostClaim);
        }
    }

    private async Task<Verdict> TooLateAsync(Message message, CancellationToken cancel)
    {
        var reason = $"expired at {At(message.ExpiresAt)} before it could be sent";
        return message.Attempts > 1 && await lostAnswer(message, cancel)
            ? Verdict.Unknown($"{reason} again; the answer to an earlier try was lost, so it may have arrived") : Verdict.Expired(reason);
    }

    private async Task<Verdict> RetryAsync(Message message, SendResult result, Attempt attempt)
    {
        var runAt = Now() + (long)RetryPolicy.Delay(message.Attempts, Random.Shared.NextDouble()).TotalMilliseconds;
        if (runAt < message.ExpiresAt) return Verdict.Retry(result.Reply, runAt, attempt, unreachable: result.Code is null);
        var reason = $"no time for another try before {At(message.ExpiresAt)}; the last said: {result.Reply}";
        var mayHaveArrived = result.Outcome == SendOutcome.Unknown || (message.Attempts > 1 && await lostAnswer(message, CancellationToken.None));
        return (mayHaveArrived ? Verdict.Unknown(reason, attempt) : Verdict.Expired(reason, attempt)) with { SenderUnreachable = result.Code is null };
    }

    private static bool Fits(Subscription subscription, Message message) =>
        subscription.ResourceId == message.ResourceId && subscription.Channel == message.Channel && subscription.Contact == message.Contact;

    private static string? Unwilling(Profile profile, Subscription? subscription)
    {
        if (profile.Status != SubscriptionStatus.Subscribed) return $"the profile is {profile.Status.Word()}";
        if (subscription is null) return "the subscription no longer exists";
        return subscription.Status == SubscriptionStatus.Subscribed ? null : $"the subscription is {subscription.Status.Word()}";
    }

    private (OutgoingMail? Mail, string Problem) Render(Delivering delivering, Manner manner, Subscription? subscription)
    {
        var (message, launch, profile, workspace, attachments) = delivering;
        if (!workspace.Templates.TryGetValue(manner.Template, out var template) || template.Email is not { } content)
            return (null, $"template {manner.Template} has no e-mail");
        if (!workspace.Resources.TryGetValue(message.ResourceId, out var resource) || !resource.Channels.TryGetValue(message.Channel, out var channel))
            return (null, $"resource {message.ResourceId} has no channel {message.Channel}");
        var scope = new TemplateScope
        {
            Lead = LeadOf(profile!, launch!),
            Subscription = subscription?.ToJson() ?? new JsonObject { ["channel"] = message.Channel, ["email"] = message.Contact, ["resource_id"] = message.ResourceId },
            ApiContent = launch!.Content,
            Zone = ZoneOf(profile!),
        };
        return templates.Render(content, manner.Mail, channel, scope, message, attachments);
    }

    private static JsonObject LeadOf(Profile profile, Launch launch)
    {
        var lead = profile.ToLead();
        foreach (var (name, value) in launch.Fields ?? []) lead[name] = value?.DeepClone();
        return lead;
    }

    private static TimeZoneInfo ZoneOf(Profile profile) =>
        (string?)profile.Fields["_tz"] is { } id && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone : TimeZoneInfo.Utc;

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private static string At(long moment) =>
        DateTimeOffset.FromUnixTimeMilliseconds(moment).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
