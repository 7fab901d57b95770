using System.Net.Sockets;
using System.Text;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Api;

/// <summary>Bytes as a hostile or clumsy client would send them.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly TcpClient _client = new();

    public static Task<RawConnection> OpenAsync(CarillonApp app) => OpenAsync(app.Http.BaseAddress!);

    public static async Task<RawConnection> OpenAsync(Uri server)
    {
        var connection = new RawConnection();
        await connection._client.ConnectAsync(server.Host, server.Port);
        return connection;
    }

    public Task SendAsync(string text) => _client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask();

    /// <summary>Reads until the server closes, or until the text holds what is waited for.</summary>
    public async Task<string> ReadAsync(string? until = null)
    {
        using var safetyNet = new CancellationTokenSource(CarillonApp.SafetyNet);
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (until is null || !text.ToString().Contains(until, StringComparison.Ordinal))
        {
            var read = await _client.GetStream().ReadAsync(buffer, safetyNet.Token);
            if (read == 0) break;
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
        return text.ToString();
    }

    public void Reset()
    {
        _client.LingerState = new LingerOption(true, 0);
        _client.Dispose();
    }

    public void Dispose() => _client.Dispose();
}
