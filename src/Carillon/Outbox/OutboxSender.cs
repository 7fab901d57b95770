using Carillon.Delivery;

namespace Carillon.Outbox;

/// <summary>The way out that goes nowhere: mails stay in the built-in mailbox, to be looked at.</summary>
public sealed class OutboxSender(OutboxStore store) : ISender
{
    public async Task<SendResult> SendAsync(OutgoingMail mail, CancellationToken cancel)
    {
        await store.KeepAsync(mail, cancel);
        return new SendResult(SendOutcome.Sent, "250 kept in the built-in mailbox", "250");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
