using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Carillon.Tests.Harness;

/// <summary>One connection to a <see cref="SmtpSink"/>.</summary>
internal sealed class SmtpSinkSession : IAsyncDisposable
{
    private const int TcpLevel = 6, TcpInfo = 11, Established = 1;

    private readonly SmtpSink sink;
    private readonly Socket socket;
    private readonly int number;
    private readonly CancellationToken stop;
    private readonly Task serving;
    private readonly SmtpSinkWire wire;
    private bool secure;
    private bool hasSender;
    private string from = "";
    private string fromArguments = "";
    private readonly List<string> recipients = [];

    public SmtpSinkSession(SmtpSink sink, Socket socket, int number, CancellationToken stop)
    {
        (this.sink, this.socket, this.number, this.stop) = (sink, socket, number, stop);
        socket.NoDelay = true;
        wire = new SmtpSinkWire(new NetworkStream(socket, ownsSocket: true), stop);
        serving = Task.Run(ServeAsync, CancellationToken.None);
    }

    public int RoundTrips => wire.Flushes;
    public bool Closed => serving.IsCompleted || closed;
    private volatile bool closed;

    /// <summary>Neither side has closed it, also where this one has not read that far yet.</summary>
    public bool IsEstablished
    {
        get
        {
            if (Closed) return false;
            try
            {
                // struct tcp_info begins with the state.
                Span<byte> info = stackalloc byte[8];
                return !OperatingSystem.IsLinux() || socket.GetRawSocketOption(TcpLevel, TcpInfo, info) == 0 || info[0] == Established;
            }
            catch (Exception gone) when (gone is ObjectDisposedException or SocketException)
            {
                return false;
            }
        }
    }

    public async Task HangUpAsync(string lastWords)
    {
        if (Closed) return;
        if (lastWords.Length > 0) await wire.Stream.WriteAsync(Encoding.UTF8.GetBytes(lastWords + "\r\n"), stop);
        closed = true;
        socket.Shutdown(SocketShutdown.Both);
        await serving;
    }

    /// <summary>Resets the connection.</summary>
    public void Break()
    {
        if (Closed) return;
        closed = true;
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await wire.Stream.DisposeAsync();
        await serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            if (sink.ImplicitTls) await SecureAsync();
            var open = await SayAsync("CONNECT", "", "220 sink ready");
            while (open && await wire.ReadLineAsync() is { } line && await ObeyAsync(line)) { }
            await wire.FlushAsync();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or SocketException or AuthenticationException)
        {
            // the other side went away, or the test is over
        }
        finally
        {
            closed = true;
            await wire.Stream.DisposeAsync();
            sink.Happened();
        }
    }

    private Task<bool> ObeyAsync(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var verb = (space < 0 ? line : line[..space]).ToUpperInvariant();
        var argument = space < 0 ? "" : line[(space + 1)..];
        return verb switch
        {
            "EHLO" => SayAsync(verb, argument, HelloReply()),
            "HELO" or "NOOP" => SayAsync(verb, argument, "250 OK"),
            "STARTTLS" => StartTlsAsync(),
            "AUTH" => AuthAsync(argument),
            "MAIL" => MailAsync(argument),
            "RCPT" => RcptAsync(argument),
            "DATA" => DataAsync(),
            "RSET" => ResetAsync(),
            "QUIT" => QuitAsync(),
            _ => SayAsync(verb, argument, "500 5.5.2 Unknown command"),
        };
    }

    private string HelloReply()
    {
        string[] lines = ["sink", .. sink.Capabilities, .. sink.OffersStartTls && !secure ? ["STARTTLS"] : Array.Empty<string>()];
        return string.Join("\r\n", lines.Select((line, i) => $"250{(i == lines.Length - 1 ? ' ' : '-')}{line}"));
    }

    private async Task<bool> MailAsync(string argument)
    {
        recipients.Clear();
        var usual = Path(argument, "FROM:", out from, out fromArguments) ? "250 2.1.0 OK" : "501 5.5.4 Syntax";
        return await SayAsync("MAIL", argument, usual, then: accepted => hasSender = accepted);
    }

    private async Task<bool> RcptAsync(string argument)
    {
        var usual = !Path(argument, "TO:", out var to, out _) ? "501 5.5.4 Syntax" : hasSender ? "250 2.1.5 OK" : "503 5.5.1 MAIL first";
        return await SayAsync("RCPT", argument, usual, then: accepted => { if (accepted) recipients.Add(to); });
    }

    private async Task<bool> DataAsync()
    {
        var usual = recipients.Count > 0 ? "354 Go ahead" : "503 5.5.1 No recipient";
        var reply = await sink.AnswerAsync(number, "DATA", "") ?? usual;
        if (!wire.Put(reply)) return false;
        if (!reply.StartsWith("354", StringComparison.Ordinal)) return true;
        await wire.FlushAsync();
        await sink.PassHoldAsync("CONTENT");
        var content = await wire.ReadContentAsync(sink.KeepsContent);
        if (content is null) return false;
        var (to, sender, arguments) = (recipients.Count > 0 ? recipients[0] : "", from, fromArguments);
        recipients.Clear();
        hasSender = false;
        var answer = await sink.AnswerAsync(number, ".", Encoding.Latin1.GetString(content.AsSpan(0, Math.Min(content.Length, 100))));
        if (answer is not null && !answer.StartsWith('2') && answer != SmtpSink.TakeAndHangUp) return wire.Put(answer);
        if (to.Length == 0) return wire.Put("554 5.5.1 No valid recipients");
        await sink.TakeAsync(new SinkMail(number, sender, to, arguments, content));
        return wire.Put(answer ?? "250 2.0.0 Taken");
    }

    private async Task<bool> ResetAsync()
    {
        recipients.Clear();
        hasSender = false;
        return await SayAsync("RSET", "", "250 2.0.0 OK");
    }

    private async Task<bool> QuitAsync()
    {
        if (await SayAsync("QUIT", "", "221 2.0.0 Bye")) await wire.FlushAsync();
        return false;
    }

    private async Task<bool> StartTlsAsync()
    {
        var reply = await sink.AnswerAsync(number, "STARTTLS", "") ?? "220 2.0.0 Go ahead";
        if (!wire.Put(reply)) return false;
        if (sink.InjectedAfterStartTls.Length > 0) wire.Put(sink.InjectedAfterStartTls);
        await wire.FlushAsync();
        if (reply.StartsWith("220", StringComparison.Ordinal)) await SecureAsync();
        return true;
    }

    private Task SecureAsync()
    {
        secure = true;
        return wire.SecureAsync();
    }

    private async Task<bool> AuthAsync(string argument)
    {
        if (argument.StartsWith("PLAIN ", StringComparison.OrdinalIgnoreCase))
        {
            var parts = FromBase64(argument[6..]).Split('\0');
            sink.Keep(new SinkLogin("PLAIN", parts[1], parts[2], secure));
        }
        else
        {
            var name = await AskAsync("334 VXNlcm5hbWU6");
            sink.Keep(new SinkLogin("LOGIN", name, await AskAsync("334 UGFzc3dvcmQ6"), secure));
        }
        return await SayAsync("AUTH", argument, "235 2.7.0 Welcome");
    }

    private async Task<string> AskAsync(string prompt)
    {
        wire.Put(prompt);
        return FromBase64(await wire.ReadLineAsync() ?? "");
    }

    private static string FromBase64(string text) => Encoding.UTF8.GetString(Convert.FromBase64String(text));

    /// <summary><c>FROM:&lt;path&gt; arguments</c>, strictly: anything else is a mistake of the client that a test should see.</summary>
    private static bool Path(string argument, string prefix, out string path, out string arguments)
    {
        (path, arguments) = ("", "");
        var close = argument.IndexOf('>', StringComparison.Ordinal);
        if (!argument.StartsWith(prefix + "<", StringComparison.Ordinal) || close < 0) return false;
        path = argument[(prefix.Length + 1)..close];
        arguments = argument[(close + 1)..].TrimStart();
        return !path.Contains('<', StringComparison.Ordinal) && !path.Contains(' ', StringComparison.Ordinal);
    }

    private async Task<bool> SayAsync(string verb, string argument, string usual, Action<bool>? then = null)
    {
        var reply = await sink.AnswerAsync(number, verb, argument) ?? usual;
        then?.Invoke(reply.StartsWith('2'));
        return wire.Put(reply);
    }
}
