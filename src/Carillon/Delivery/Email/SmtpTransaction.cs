using System.Buffers;

namespace Carillon.Delivery.Email;

/// <summary>One mail on an open session (RFC 5321 3.3): it is offered, and if the server wants it, its content follows.</summary>
internal sealed class SmtpTransaction(
    SmtpWire wire, Deadline deadline, TimeSpan commandTimeout, SmtpCapabilities server, WaitingMail waiting)
{
    /// <summary>How long a cancelled caller waits for the server's word on a mail that was already handed over.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private const int StartContent = 354;
    /// <summary>A large mail is written in pieces of this many bytes, each with its own command time-out.</summary>
    private const int Piece = 64 * 1024;
    private readonly OutgoingMail mail = waiting.Mail;
    private bool serverWaitsForContent;
    private bool recipientWasRefused;

    public WaitingMail Waiting => waiting;
    /// <summary>Its commands went out with the end of the mail before it.</summary>
    public bool Offered { get; private set; }
    public bool KeepsConnection { get; private set; } = true;
    /// <summary>The first answer was a 421: the server had closed before it saw this mail.</summary>
    public bool WasSentAway { get; private set; }

    /// <param name="following">Asked for the next mail when this one's content is about to end.</param>
    public async Task<SendResult> RunAsync(Func<SmtpTransaction?> following) =>
        await OfferAsync() is { } refusal ? await TakeBackAsync(refusal) : await SendContentAsync(following);

    /// <summary>Puts MAIL, RCPT and DATA behind what is to be written next.</summary>
    private void QueueOffer()
    {
        foreach (var command in Commands()) wire.Queue(command);
        Offered = true;
    }

    private string[] Commands() => [Envelope.MailFrom(mail, server), Envelope.RcptTo(mail), "DATA"];

    /// <summary>
    /// MAIL, RCPT and DATA, in one packet where the server has PIPELINING. Returns the first answer that was not a yes.
    /// Note: pipelined, all three are answered and all three are read, or the next mail would read the answers of this one.
    /// </summary>
    private async Task<SmtpReply?> OfferAsync()
    {
        var commands = Commands();
        if (server.Pipelining && !Offered) await WriteAsync(commands);
        SmtpReply? refusal = null;
        foreach (var command in commands)
        {
            if (!server.Pipelining) await WriteAsync(command);
            try
            {
                var reply = await ReadReplyAsync();
                serverWaitsForContent = reply.Code == StartContent;
                WasSentAway |= reply.Closes && command == commands[0];
                var yes = command == commands[^1] ? serverWaitsForContent : reply.Accepts;
                if (!yes) refusal ??= reply;
                recipientWasRefused |= !yes && command == commands[1];
                if (reply.Closes || (refusal is not null && !server.Pipelining)) break;
            }
            catch (BrokenWireException) when (refusal is not null)
            {
                KeepsConnection = false; // it hung up after it had said no: the no is what counts
                break;
            }
        }
        return refusal;
    }

    /// <summary>Leaves the session ready for the next mail, if that can be had; the refusal stands either way.</summary>
    private async Task<SendResult> TakeBackAsync(SmtpReply refusal)
    {
        KeepsConnection &= refusal is { IsRefusal: true, Closes: false };
        // a server that waits for content although it refused the sender would give the recipient an empty mail
        KeepsConnection &= !serverWaitsForContent || recipientWasRefused;
        try
        {
            if (KeepsConnection && serverWaitsForContent) await EndEmptyContentAsync();
            if (KeepsConnection) await ResetAsync();
        }
        catch (Exception e) when (e is BrokenWireException or OperationCanceledException)
        {
            KeepsConnection = false;
        }
        return refusal.Refused();
    }

    /// <summary>A server that pipelines may want content for a mail that nobody is to get: it gets none (RFC 2920 3.1).</summary>
    private async Task EndEmptyContentAsync()
    {
        await WriteAsync(".");
        await ReadReplyAsync();
    }

    private async Task ResetAsync()
    {
        await WriteAsync("RSET");
        KeepsConnection = (await ReadReplyAsync()).Accepts;
    }

    private async Task<SendResult> SendContentAsync(Func<SmtpTransaction?> following)
    {
        // an answer that came too early would be taken for the answer to the final dot
        if (wire.HasUnreadInput) throw new BrokenWireException("The server sent more replies than it was given commands.");
        var (rented, length) = SmtpData.Stuff(mail.Content.Span);
        try
        {
            var rest = rented.AsMemory(0, length);
            for (; rest.Length > Piece; rest = rest[Piece..])
            {
                deadline.Start(commandTimeout);
                await wire.WriteAsync(rest[..Piece]);
            }
            return await EndContentAsync(rest, following);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Writes the piece with the final dot. From that write on the server may have the mail, whatever we hear of it.</summary>
    private async Task<SendResult> EndContentAsync(ReadOnlyMemory<byte> last, Func<SmtpTransaction?> following)
    {
        // A process that was paused in the middle of a mail may not know yet that another one sends it: the server drops what has no end.
        if (!mail.MayGo()) throw new OperationCanceledException("The claim may be another process's by now.");
        deadline.Start(commandTimeout);
        deadline.ObeyAfter(Grace);
        try
        {
            wire.Queue(last.Span);
            following()?.QueueOffer();
            await wire.FlushAsync();
            var reply = await wire.ReadReplyAsync(); // under the time-out of the write: starting it anew would undo the grace
            KeepsConnection = !reply.Closes && (reply.Accepts || reply.IsRefusal);
            if (reply.Accepts) return reply.As(SendOutcome.Sent);
            return reply.IsRefusal ? reply.Refused() : reply.As(SendOutcome.Unknown);
        }
        catch (BrokenWireException e)
        {
            KeepsConnection = false;
            return new(SendOutcome.Unknown, e.Message, null);
        }
        catch (OperationCanceledException)
        {
            KeepsConnection = false;
            return new(SendOutcome.Unknown, "Stopped before the server's answer to the mail came.", null);
        }
    }

    private Task WriteAsync(params ReadOnlySpan<string> commands)
    {
        deadline.Start(commandTimeout);
        foreach (var command in commands) wire.Queue(command);
        return wire.FlushAsync();
    }

    private Task<SmtpReply> ReadReplyAsync()
    {
        deadline.Start(commandTimeout);
        return wire.ReadReplyAsync();
    }
}
