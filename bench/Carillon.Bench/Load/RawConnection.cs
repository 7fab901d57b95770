using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;

namespace Carillon.Bench.Load;

/// <summary>One kept connection with one request in flight, parsed as little as can be: a full HTTP client would take the processor from the server.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] input = new byte[64 * 1024];

    public async Task OpenAsync(int port) => await socket.ConnectAsync("127.0.0.1", port);

    /// <summary>Returns when the whole answer was read.</summary>
    /// <exception cref="InvalidOperationException">The answer is not <c>200</c> with <c>"error":0</c>.</exception>
    public async ValueTask AskAsync(ReadOnlyMemory<byte> request)
    {
        await socket.SendAsync(request);
        var length = 0;
        do
        {
            var read = await socket.ReceiveAsync(input.AsMemory(length));
            if (read == 0) throw new InvalidOperationException("The server closed the connection");
            length += read;
        }
        while (!IsWhole(input.AsSpan(0, length)));
        Check(input.AsSpan(0, length));
    }

    public void Dispose() => socket.Dispose();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0) return false;
        var body = answer[(head + 4)..];
        var announced = answer[..head].IndexOf("Content-Length: "u8);
        // Without a length it is chunked, and as only one answer is under way its last chunk ends what was read.
        if (announced < 0) return body.EndsWith("\r\n0\r\n\r\n"u8);
        return Utf8Parser.TryParse(answer[(announced + 16)..], out int length, out _) && body.Length >= length;
    }

    private static void Check(ReadOnlySpan<byte> answer)
    {
        if (!answer.StartsWith("HTTP/1.1 200 "u8) || answer.IndexOf("\"error\":0"u8) < 0)
            throw new InvalidOperationException("The server said: " + Encoding.UTF8.GetString(answer));
    }
}
