using System.Buffers.Text;
using System.Net.Sockets;

namespace Carillon.Bench.Children;

/// <summary>One connection of the sink. Replies are gathered and written when no further command is waiting (PIPELINING).</summary>
internal sealed class MailSinkSession(Socket socket) : IDisposable
{
    private byte[] input = new byte[64 * 1024];
    private readonly byte[] output = new byte[4096];
    private int start;
    private int end;
    private int said;
    private long recipient;

    public async Task RunAsync()
    {
        socket.NoDelay = true;
        Say("220 sink\r\n"u8);
        while (await ReadAsync("\r\n"u8.ToArray()) is >= 0 and var length)
        {
            var verb = Verb(input.AsSpan(start, length));
            if (verb == 'R') recipient = Number(input.AsSpan(start, length));
            start += length + 2;
            if (verb == 'D')
            {
                Say("354 go\r\n"u8);
                var content = await ReadAsync("\r\n.\r\n"u8.ToArray());
                if (content < 0) return;
                start += content + 5;
                MailSink.Took(content + 2, recipient);
            }
            Say(verb == 'E' ? "250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"u8 : verb == 'Q' ? "221 bye\r\n"u8 : "250 ok\r\n"u8);
            if (verb == 'Q') break;
        }
        await FlushAsync();
    }

    public void Dispose() => socket.Dispose();

    private static int Verb(ReadOnlySpan<byte> line) => line.Length > 0 ? line[0] & ~0x20 : 0;

    /// <summary>The digits before the at sign, as in <c>person000000000017@example.com</c>.</summary>
    private static long Number(ReadOnlySpan<byte> line)
    {
        var end = line.IndexOf((byte)'@');
        var from = end;
        while (from > 0 && line[from - 1] is >= (byte)'0' and <= (byte)'9') from--;
        return from < end && Utf8Parser.TryParse(line[from..end], out long number, out _) ? number : -1;
    }

    private void Say(ReadOnlySpan<byte> reply)
    {
        reply.CopyTo(output.AsSpan(said));
        said += reply.Length;
    }

    /// <summary>The length of what stands before the next such ending; -1 when the other side closed.</summary>
    private async ValueTask<int> ReadAsync(byte[] ending)
    {
        for (var looked = 0; ;)
        {
            var at = input.AsSpan(start + looked, end - start - looked).IndexOf(ending);
            if (at >= 0) return looked + at;
            looked = Math.Max(0, end - start - ending.Length + 1);
            await FlushAsync();
            if (start > 0) input.AsSpan(start, end - start).CopyTo(input);
            (start, end) = (0, end - start);
            if (end == input.Length) Array.Resize(ref input, input.Length * 2);
            var read = await socket.ReceiveAsync(input.AsMemory(end));
            if (read == 0) return -1;
            end += read;
        }
    }

    private async ValueTask FlushAsync()
    {
        if (said > 0) await socket.SendAsync(output.AsMemory(0, said));
        said = 0;
    }
}
