using System.Net;
using Carillon.Workspace;

namespace Carillon.Delivery.Email;

/// <summary>
/// One SMTP session, for one caller at a time. The order of the code is the order of the protocol: dial, greeting, EHLO,
/// STARTTLS, EHLO, AUTH; then for each mail MAIL, RCPT, DATA, content; at the end QUIT.
/// </summary>
internal sealed class SmtpConnection : IDisposable
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);
    private readonly SmtpSettings settings;
    private readonly Deadline deadline;
    private readonly SmtpWire wire;
    private SmtpCapabilities server = SmtpCapabilities.None;
    private bool broken;

    private SmtpConnection(SmtpSettings settings, TimeProvider time)
    {
        this.settings = settings;
        deadline = new Deadline(time);
        wire = new SmtpWire(settings, deadline);
    }

    public int Mails { get; private set; }
    /// <summary>When it was last put back, as a timestamp of the pool's clock.</summary>
    public long IdleSince { get; set; }
    /// <summary>A reply that nobody asked for would be taken for the answer to the next command, so it ends the session.</summary>
    public bool IsUsable => !broken && !deadline.Passed && !wire.HasUnreadInput && Mails < settings.MessagesPerConnection;

    /// <summary>A connection that is ready for mails, or why there is none; that is always worth a retry.</summary>
    public static async Task<(SmtpConnection? Connection, SendResult? Refusal)> OpenAsync(
        SmtpSettings settings, TimeProvider time, CancellationToken cancel)
    {
        var connection = new SmtpConnection(settings, time);
        var opened = false;
        try
        {
            connection.deadline.Obey(cancel);
            var refusal = await connection.DialAsync() ?? await connection.SayHelloAsync()
                ?? await connection.StartTlsAsync() ?? await SmtpLogin.SignInAsync(settings, connection.server, connection.AskAsync);
            opened = refusal is null;
            return opened ? (connection, null) : (null, refusal);
        }
        catch (BrokenWireException e)
        {
            return (null, new SendResult(SendOutcome.Retry, e.Message, null));
        }
        finally
        {
            connection.deadline.Forget();
            if (!opened) connection.Dispose();
        }
    }

    private async Task<SendResult?> DialAsync()
    {
        deadline.Start(settings.ConnectTimeout);
        await wire.DialAsync();
        if (settings.Tls == SmtpTls.Implicit) await wire.SecureAsync();
        var greeting = await wire.ReadReplyAsync();
        return greeting.Accepts ? null : greeting.As(SendOutcome.Retry);
    }

    private async Task<SendResult?> SayHelloAsync()
    {
        var name = HelloName(settings.Hello ?? Dns.GetHostName());
        var reply = await AskAsync($"EHLO {name}");
        server = reply.Accepts ? SmtpCapabilities.Read(reply) : SmtpCapabilities.None;
        if (reply.Code is 500 or 502) reply = await AskAsync($"HELO {name}"); // RFC 5321 3.2
        return reply.Accepts ? null : reply.As(SendOutcome.Retry);
    }

    /// <summary>
    /// Never goes on without TLS when TLS was asked for. Bytes that arrived before the handshake were not sent by whom the
    /// certificate names (response injection), and what was offered before it does not count.
    /// </summary>
    private async Task<SendResult?> StartTlsAsync()
    {
        if (settings.Tls != SmtpTls.StartTls) return null;
        if (!server.StartTls) return new(SendOutcome.Retry, "The server offers no STARTTLS, which this sender requires.", null);
        var reply = await AskAsync("STARTTLS");
        if (!reply.Accepts) return reply.As(SendOutcome.Retry);
        if (wire.HasUnreadInput) return new(SendOutcome.Retry, "The server sent more than its answer to STARTTLS; somebody may be tampering.", null);
        deadline.Start(settings.ConnectTimeout);
        await wire.SecureAsync();
        return await SayHelloAsync();
    }

    /// <summary>
    /// Sends the mail, and those that <paramref name="next"/> gives: the commands of each travel with the final dot of the one
    /// before (RFC 2920 3.1), so a mail costs one round trip. Afterwards <see cref="IsUsable"/> tells whether the connection may be kept.
    /// </summary>
    /// <returns>
    /// The last mail, which the caller tells how it ended. It was not taken when the server had closed the connection (or told so with
    /// a 421) before it saw it: then it can go over another connection. A mail for which a connection was opened counts as taken.
    /// </returns>
    public async Task<(WaitingMail Last, bool Taken)> SendAsync(WaitingMail mail, Func<WaitingMail?> next)
    {
        for (var turn = Turn(mail); turn is not null;)
        {
            SmtpTransaction? following = null;
            mail = turn.Waiting;
            if (!await RunAsync(turn, () => following = FindFollowing(next))) return (mail, Taken: false);
            if (following is null) break;
            mail.Tell();
            mail = following.Waiting;
            if (broken || deadline.Passed) return (mail, Taken: false);
            turn = following;
        }
        return (mail, Taken: true);
    }

    private SmtpTransaction? FindFollowing(Func<WaitingMail?> next)
    {
        if (!server.Pipelining) return null;
        while (Mails < settings.MessagesPerConnection && next() is { } mail)
        {
            if (Turn(mail) is { } turn) return turn;
            mail.Tell();
        }
        return null;
    }

    /// <summary>Null when the server cannot take such a mail; that is decided then.</summary>
    private SmtpTransaction? Turn(WaitingMail mail)
    {
        if (Envelope.Misfit(mail.Mail, server) is not { } misfit) return new SmtpTransaction(wire, deadline, settings.CommandTimeout, server, mail);
        mail.Decide(new SendResult(SendOutcome.Failed, misfit, null));
        return null;
    }

    /// <summary>False when the mail got no answer and can go over another connection.</summary>
    private async Task<bool> RunAsync(SmtpTransaction turn, Func<SmtpTransaction?> following)
    {
        if (!turn.Offered && turn.Waiting.Cancel.IsCancellationRequested)
        {
            turn.Waiting.Decide(new OperationCanceledException(turn.Waiting.Cancel));
            return true;
        }
        var reused = Mails++ > 0;
        var readBefore = wire.BytesRead;
        try
        {
            deadline.Obey(turn.Waiting.Cancel);
            var result = await turn.RunAsync(following);
            deadline.Forget();
            broken = !turn.KeepsConnection;
            if (reused && turn.WasSentAway) return false;
            turn.Waiting.Decide(result);
        }
        catch (BrokenWireException e)
        {
            deadline.Forget();
            broken = true;
            if (reused && e.Lost && wire.BytesRead == readBefore) return false;
            turn.Waiting.Decide(new SendResult(SendOutcome.Retry, e.Message, null));
        }
        catch (Exception fault)
        {
            deadline.Forget();
            broken = true;
            turn.Waiting.Decide(fault);
        }
        return true;
    }

    /// <summary>Says QUIT if there is anybody to say it to, waits for the answer 2 seconds at most, and closes.</summary>
    public async Task CloseAsync()
    {
        try
        {
            if (broken || deadline.Passed) return;
            deadline.Start(Farewell);
            wire.Queue("QUIT");
            await wire.FlushAsync();
            await wire.ReadReplyAsync();
        }
        catch (BrokenWireException)
        {
            // it is being closed: there is nothing to save
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        wire.Dispose();
        deadline.Dispose();
    }

    private async Task<SmtpReply> AskAsync(string command)
    {
        deadline.Start(settings.CommandTimeout);
        wire.Queue(command);
        await wire.FlushAsync();
        return await wire.ReadReplyAsync();
    }

    private static string HelloName(string name) =>
        name.Length is > 0 and <= 255 && name.All(c => c is > ' ' and <= '~' and not ('<' or '>')) ? name : "localhost";
}
