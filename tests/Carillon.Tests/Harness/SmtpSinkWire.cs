using System.Buffers;
using System.Net.Security;
using System.Text;

namespace Carillon.Tests.Harness;

/// <summary>The sink's side of a connection as lines and replies. Replies wait until no further command does, so that pipelining pays.</summary>
internal sealed class SmtpSinkWire(Stream stream, CancellationToken stop)
{
    private readonly ArrayBufferWriter<byte> replies = new(1024);
    private byte[] input = new byte[16 * 1024];
    private int start;
    private int end;

    public Stream Stream { get; private set; } = stream;
    /// <summary>How often replies were sent: the round trips of the other side.</summary>
    public int Flushes { get; private set; }

    public async Task SecureAsync()
    {
        var tls = new SslStream(Stream);
        Stream = tls;
        (start, end) = (0, 0);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = SmtpSink.Certificate }, stop);
    }

    /// <summary>False when the connection ends here: a scripted hang-up, or a 421.</summary>
    public bool Put(string reply)
    {
        if (reply is SmtpSink.HangUp or SmtpSink.TakeAndHangUp) return false;
        Encoding.UTF8.GetBytes(reply, replies);
        replies.Write("\r\n"u8);
        return !reply.StartsWith("421", StringComparison.Ordinal);
    }

    public async Task FlushAsync()
    {
        if (replies.WrittenCount == 0) return;
        await Stream.WriteAsync(replies.WrittenMemory, stop);
        replies.ResetWrittenCount();
        Flushes++;
    }

    public async Task<string?> ReadLineAsync()
    {
        while (true)
        {
            var length = input.AsSpan(start, end - start).IndexOf("\r\n"u8);
            if (length >= 0)
            {
                var line = Encoding.UTF8.GetString(input, start, length);
                start += length + 2;
                return line;
            }
            if (!await FillAsync()) return null;
        }
    }

    /// <summary>The content as it was before dot-stuffing, or empty if it is not to be kept; null when the other side hung up.</summary>
    public async Task<byte[]?> ReadContentAsync(bool keep)
    {
        var looked = 0;
        while (true)
        {
            var unread = input.AsSpan(start, end - start);
            if (looked == 0 && unread.StartsWith(".\r\n"u8))
            {
                start += 3;
                return [];
            }
            var at = unread[looked..].IndexOf("\r\n.\r\n"u8);
            if (at >= 0)
            {
                var content = keep ? Unstuff(unread[..(looked + at + 2)]) : [];
                start += looked + at + 5;
                return content;
            }
            looked = Math.Max(0, unread.Length - 4);
            if (!await FillAsync()) return null;
        }
    }

    private static byte[] Unstuff(ReadOnlySpan<byte> stuffed)
    {
        var content = new byte[stuffed.Length];
        var length = 0;
        for (var i = 0; i < stuffed.Length; i++)
            if (stuffed[i] != '.' || !(i == 0 || (i > 1 && stuffed[i - 1] == '\n' && stuffed[i - 2] == '\r')))
                content[length++] = stuffed[i];
        return content[..length];
    }

    private async Task<bool> FillAsync()
    {
        await FlushAsync();
        if (start > 0) input.AsSpan(start, end - start).CopyTo(input);
        (start, end) = (0, end - start);
        if (end == input.Length) Array.Resize(ref input, input.Length * 2);
        var read = await Stream.ReadAsync(input.AsMemory(end), stop);
        end += read;
        return read > 0;
    }
}
