using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Api.Fuzz;

/// <summary>One kept connection; opened anew when the server closes it.</summary>
internal sealed class FuzzConnection(Uri server) : IDisposable
{
    /// <summary>An answer whose length is not told beforehand.</summary>
    private const int InChunks = -1;

    private byte[] _input = new byte[1 << 20];
    private TcpClient? _client;

    /// <summary>The status and the body of the answer.</summary>
    public async Task<(int Status, string Body)> AskAsync(FuzzRequest request)
    {
        if (_client is null)
        {
            _client = new TcpClient { NoDelay = true };
            await _client.ConnectAsync(server.Host, server.Port);
        }
        var head = $"{request.Verb} {request.Url} HTTP/1.1\r\nHost: x\r\n{(request.ContentType.Length > 0 ? $"Content-Type: {request.ContentType}\r\n" : "")}"
            + $"{(request.RequestId is { } id ? $"Request-ID: {id}\r\n" : "")}{(request.Token is { } token ? $"Authorization: Bearer {token}\r\n" : "")}Content-Length: {request.Body.Length}\r\n\r\n";
        var stream = _client.GetStream();
        await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. request.Body]);
        return await ReadAsync(stream);
    }

    public void Dispose() => _client?.Dispose();

    private async Task<(int, string)> ReadAsync(NetworkStream stream)
    {
        using var patience = new CancellationTokenSource(CarillonApp.SafetyNet);
        for (int length = 0, whole = int.MaxValue, end = -1; ;)
        {
            if (length == _input.Length) Array.Resize(ref _input, 2 * length);
            var read = await stream.ReadAsync(_input.AsMemory(length), patience.Token);
            if (read == 0) throw new IOException("The server closed the connection in the middle of an answer");
            length += read;
            if (end < 0)
            {
                end = _input.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
                if (end < 0) continue;
                whole = Encoding.ASCII.GetString(_input, 0, end).Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase) ? InChunks : end + 4 + Announced(Encoding.ASCII.GetString(_input, 0, end));
            }
            if (whole == InChunks ? !_input.AsSpan(end + 2, length - end - 2).EndsWith("\r\n0\r\n\r\n"u8) : length < whole) continue;
            var head = Encoding.ASCII.GetString(_input, 0, end);
            if (head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase)) Close();
            var body = whole == InChunks ? Joined(_input.AsSpan(end + 4, length - end - 4)) : _input.AsSpan(end + 4, length - end - 4);
            return (int.Parse(head.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture), Encoding.UTF8.GetString(body));
        }
    }

    /// <summary>Each chunk has a line with its length before it, in hex, and an empty one behind it.</summary>
    private static byte[] Joined(ReadOnlySpan<byte> chunks)
    {
        List<byte> body = [];
        while (true)
        {
            var line = chunks.IndexOf("\r\n"u8);
            var size = int.Parse(Encoding.ASCII.GetString(chunks[..line]), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size == 0) return [.. body];
            body.AddRange(chunks.Slice(line + 2, size));
            chunks = chunks[(line + 2 + size + 2)..];
        }
    }

    private static int Announced(string head)
    {
        const string Name = "Content-Length: ";
        var at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        if (at < 0) throw new IOException("The answer has no length:\n" + head);
        var end = head.IndexOf('\r', at);
        return int.Parse(head.AsSpan(at + Name.Length, (end < 0 ? head.Length : end) - at - Name.Length), CultureInfo.InvariantCulture);
    }

    private void Close()
    {
        _client?.Dispose();
        _client = null;
    }
}
