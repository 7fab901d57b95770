using System.Net;
using System.Text;

namespace Carillon.Tests.Workflows;

/// <summary>A server that answers as told.</summary>
internal sealed class HttpStub : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    public HttpStub(Func<(string Query, string Body, string? Header), (int Status, string Text)> answer)
    {
        using (var free = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/ask";
        }
        _listener.Prefixes.Add(Url.Replace("/ask", "/", StringComparison.Ordinal));
        _listener.Start();
        _serving = ServeAsync(answer);
    }

    public string Url { get; }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync(Func<(string, string, string?), (int Status, string Text)> answer)
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                var (status, text) = answer((context.Request.Url!.Query, await reader.ReadToEndAsync(), context.Request.Headers["X-Key"]));
                context.Response.StatusCode = status;
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
                context.Response.Close();
            }
        }
        catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
