using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Carillon.Workspace;

namespace Carillon.Delivery.Email;

/// <summary>
/// One connection as bytes and replies. Each read and write ends by the <see cref="Deadline"/>; whatever goes wrong is a
/// <see cref="BrokenWireException"/>, or an <see cref="OperationCanceledException"/> when the caller wanted it.
/// </summary>
internal sealed class SmtpWire(SmtpSettings settings, Deadline deadline) : IDisposable
{
    /// <summary>Twice what RFC 5321 4.5.3.1.5 allows. Replies are kept, so what a server can make us keep is limited.</summary>
    private const int LongestReplyLine = 1024;
    private const int MostReplyLines = 64;
    private readonly byte[] input = new byte[4096];
    private readonly ArrayBufferWriter<byte> output = new(1024);
    private Socket? socket;
    private Stream stream = Stream.Null;
    private int start;
    private int end;

    /// <summary>Grows with every read that brought something.</summary>
    public long BytesRead { get; private set; }
    /// <summary>Whether the server has sent more than what was asked for.</summary>
    public bool HasUnreadInput => start < end;

    public async Task DialAsync()
    {
        socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try { await socket.ConnectAsync(settings.Host, settings.Port, deadline.Token); }
        catch (Exception e) when (IsOfTheWire(e)) { throw Broken(e, $"Could not connect to {settings.Host}:{settings.Port}"); }
        stream = new NetworkStream(socket);
    }

    /// <summary>TLS from here on. What was read before it is not carried over: the caller checks <see cref="HasUnreadInput"/>.</summary>
    public async Task SecureAsync()
    {
        var secure = new SslStream(stream);
        stream = secure;
        var options = new SslClientAuthenticationOptions { TargetHost = settings.Host };
#pragma warning disable CA5359 // accepting any certificate is what the operator's setting says, for a test server
        if (settings.TrustAnyCertificate) options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        try { await secure.AuthenticateAsClientAsync(options, deadline.Token); }
        catch (Exception e) when (IsOfTheWire(e)) { throw Broken(e, $"No TLS with {settings.Host}"); }
    }

    /// <summary>Puts one command line into the buffer. The caller has checked that nothing in it can end the line.</summary>
    public void Queue(string command)
    {
        Encoding.UTF8.GetBytes(command, output);
        output.Write("\r\n"u8);
    }

    public void Queue(ReadOnlySpan<byte> bytes) => output.Write(bytes);

    public async Task FlushAsync()
    {
        await WriteAsync(output.WrittenMemory);
        output.ResetWrittenCount();
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        try { await stream.WriteAsync(bytes, deadline.Token); }
        catch (Exception e) when (IsOfTheWire(e)) { throw Broken(e); }
    }

    /// <summary>Reads one reply. Lines may end with a bare LF; all lines must have one code (RFC 5321 4.2.1).</summary>
    public async Task<SmtpReply> ReadReplyAsync()
    {
        var code = 0;
        var words = "";
        for (var lines = 0; lines < MostReplyLines; lines++)
        {
            var (line, lineCode, last) = Parse(await ReadLineAsync());
            if (code != 0 && lineCode != code) throw Garbage(line);
            code = lineCode;
            words = words.Length == 0 ? line : $"{words}\n{line}";
            if (last) return new SmtpReply(code, words);
        }
        throw new BrokenWireException($"The server's reply has more than {MostReplyLines} lines: {words[..60]}");
    }

    private static (string Line, int Code, bool Last) Parse(string line)
    {
        if (line.Length < 3 || line[0] is < '2' or > '5' || !char.IsAsciiDigit(line[1]) || !char.IsAsciiDigit(line[2])
            || (line.Length > 3 && line[3] is not (' ' or '-')))
            throw Garbage(line);
        return (line, int.Parse(line.AsSpan(0, 3)), line.Length == 3 || line[3] == ' ');
    }

    private static BrokenWireException Garbage(string line) =>
        new($"The server's answer is not SMTP: {(line.Length > 200 ? line[..200] : line)}");

    private async Task<string> ReadLineAsync()
    {
        while (true)
        {
            var length = input.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (length >= 0 && length <= LongestReplyLine) return TakeLine(length);
            if (end - start > LongestReplyLine) throw new BrokenWireException("The server's reply has a line that is too long.");
            await FillAsync();
        }
    }

    private string TakeLine(int length)
    {
        var text = input.AsSpan(start, length);
        start += length + 1;
        if (text.EndsWith("\r"u8)) text = text[..^1];
        return string.Create(Encoding.UTF8.GetCharCount(text), text, static (line, utf8) =>
        {
            Encoding.UTF8.GetChars(utf8, line);
            foreach (ref var c in line)
                if (char.IsControl(c)) c = ' ';
        });
    }

    private async Task FillAsync()
    {
        if (start > 0)
        {
            input.AsSpan(start, end - start).CopyTo(input);
            end -= start;
            start = 0;
        }
        int read;
        try { read = await stream.ReadAsync(input.AsMemory(end), deadline.Token); }
        catch (Exception e) when (IsOfTheWire(e)) { throw Broken(e); }
        if (read == 0) throw new BrokenWireException("The server closed the connection.") { Lost = true };
        end += read;
        BytesRead += read;
    }

    private static bool IsOfTheWire(Exception e) =>
        e is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException;

    private BrokenWireException Broken(Exception e, string what = "The connection was lost")
    {
        deadline.ThrowIfCallerStopped();
        return e is OperationCanceledException
            ? new($"The server did not answer within {deadline.Limit.TotalSeconds:0.###} s.", e)
            : new($"{what}: {e.Message}", e) { Lost = true };
    }

    public void Dispose()
    {
        stream.Dispose();
        socket?.Dispose();
    }
}
