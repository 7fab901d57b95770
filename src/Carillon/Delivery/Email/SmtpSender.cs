using System.Collections.Concurrent;
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
    private readonly ConcurrentQueue<WaitingMail> waiting = new();
    private readonly IdleConnections idle = new(time);
    private int lanes;

    /// <inheritdoc/>
    public async Task<SendResult> SendAsync(OutgoingMail mail, CancellationToken cancel)
    {
        if (Envelope.Flaw(mail) is { } flaw) return new(SendOutcome.Failed, flaw, null);
        using var span = SmtpSpan.Start(settings);
        using var sending = new WaitingMail(mail, cancel);
        waiting.Enqueue(sending);
        StartLane();
        var result = await sending.Answer;
        SmtpSpan.Tell(span, result);
        SmtpLog.Answered(logger, mail.MessageId, mail.EnvelopeTo, result.Outcome, result.Reply);
        return result;
    }

    /// <summary>A lane has one connection at a time and sends what waits, mail after mail, until nothing does.</summary>
    private void StartLane()
    {
        for (var running = lanes; running < connections && !waiting.IsEmpty; running = lanes)
        {
            if (Interlocked.CompareExchange(ref lanes, running + 1, running) != running) continue;
            _ = RunLaneAsync();
            return;
        }
    }

    private async Task RunLaneAsync()
    {
        while (TakeNext() is { } mail) await SendAsync(mail);
        Interlocked.Decrement(ref lanes);
        StartLane(); // for a mail that came between the last look and the line above
    }

    private WaitingMail? TakeNext()
    {
        while (waiting.TryDequeue(out var mail))
            if (mail.TryTake()) return mail;
        return null;
    }

    /// <summary>Sends this mail and those that follow it on its connection. Never throws: what goes wrong is the answer.</summary>
    private async Task SendAsync(WaitingMail mail)
    {
        for (var taken = false; !taken;)
        {
            if ((idle.Take() ?? await OpenAsync(mail)) is not { } connection) break;
            (mail, taken) = await connection.SendAsync(mail, TakeNext);
            if (!taken) SmtpLog.DiedIdle(logger, settings.Host, settings.Port);
            if (!connection.IsUsable || !idle.Put(connection)) await connection.CloseAsync();
        }
        mail.Tell(); // last, so that who sends the next mail finds the connection
    }

    /// <summary>Null when there is none to be had; that decides the mail.</summary>
    private async Task<SmtpConnection?> OpenAsync(WaitingMail mail)
    {
        // A server that does not answer keeps the mail no longer than it is wanted here: nothing of it has left.
        using var unwanted = CancellationTokenSource.CreateLinkedTokenSource(mail.Cancel, mail.Mail.Recalled);
        try
        {
            var (connection, refusal) = await SmtpConnection.OpenAsync(settings, time, unwanted.Token);
            if (connection is not null) SmtpLog.Opened(logger, settings.Host, settings.Port);
            else SmtpLog.NotOpened(logger, settings.Host, settings.Port, refusal!.Reply);
            if (refusal is not null) mail.Decide(refusal);
            return connection;
        }
        catch (Exception fault)
        {
            mail.Decide(fault);
            return null;
        }
    }

    /// <summary>Says goodbye on idle connections. One with a mail on it closes when that mail is done.</summary>
    public async ValueTask DisposeAsync()
    {
        await idle.DisposeAsync();
    }
}
