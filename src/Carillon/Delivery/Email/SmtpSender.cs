using Carillon.Workspace;

namespace Carillon.Delivery.Email;

/// <summary>
/// Hands mails to one SMTP server over at most <paramref name="connections"/> connections, which are kept between mails
/// and closed after 30 idle seconds.
/// </summary>
/// <remarks>
/// What goes wrong before a mail is offered (no connection, no TLS, a refused password) is a retry: it is the same for every
/// mail and ends when the operator mends it. A password is sent without TLS only if <see cref="SmtpTls.None"/> was chosen.
/// </remarks>
public sealed class SmtpSender(SmtpSettings settings, int connections, TimeProvider time, ILogger logger) : ISender
{
    private readonly SemaphoreSlim slots = new(connections, connections);
    private readonly IdleConnections idle = new(time);

    /// <inheritdoc/>
    public async Task<SendResult> SendAsync(OutgoingMail mail, CancellationToken cancel)
    {
        if (Envelope.Flaw(mail) is { } flaw) return new(SendOutcome.Failed, flaw, null);
        await slots.WaitAsync(cancel);
        try
        {
            using var span = SmtpSpan.Start(settings);
            var result = await SendOverIdleAsync(mail, cancel) ?? await SendOverNewAsync(mail, cancel);
            SmtpSpan.Tell(span, result);
            SmtpLog.Answered(logger, mail.MessageId, mail.EnvelopeTo, result.Outcome, result.Reply);
            return result;
        }
        finally
        {
            slots.Release();
        }
    }

    /// <summary>Null when there is no idle connection, or the one that was taken turns out to have died while it was idle.</summary>
    private async Task<SendResult?> SendOverIdleAsync(OutgoingMail mail, CancellationToken cancel)
    {
        if (idle.Take() is not { } connection) return null;
        var result = await SendOverAsync(connection, mail, cancel);
        if (!connection.DiedIdle) return result;
        SmtpLog.DiedIdle(logger, settings.Host, settings.Port, result.Reply);
        return null;
    }

    private async Task<SendResult> SendOverNewAsync(OutgoingMail mail, CancellationToken cancel)
    {
        var (connection, refusal) = await SmtpConnection.OpenAsync(settings, time, cancel);
        if (connection is null)
        {
            SmtpLog.NotOpened(logger, settings.Host, settings.Port, refusal!.Reply);
            return refusal;
        }
        SmtpLog.Opened(logger, settings.Host, settings.Port);
        return await SendOverAsync(connection, mail, cancel);
    }

    private async Task<SendResult> SendOverAsync(SmtpConnection connection, OutgoingMail mail, CancellationToken cancel)
    {
        try
        {
            return await connection.SendAsync(mail, cancel);
        }
        finally
        {
            if (!connection.IsUsable || !idle.Put(connection)) await connection.CloseAsync();
        }
    }

    /// <summary>Says goodbye on idle connections. One with a mail on it closes when that mail is done.</summary>
    public async ValueTask DisposeAsync()
    {
        await idle.DisposeAsync();
    }
}
