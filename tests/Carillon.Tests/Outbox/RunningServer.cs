using System.Text.Json.Nodes;
using Carillon.Commands;
using Carillon.Delivery.Email;
using Carillon.Outbox;
using Carillon.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Carillon.Tests.Outbox;

/// <summary>The whole server, and short ways to its mailbox.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly CarillonApp _app;
    private int _made;

    private RunningServer(CarillonApp app) => _app = app;

    public HttpClient Http => _app.Http;

    public FakeClock Clock => _app.Clock;

    public OutboxStore Outbox => _app.Services.GetRequiredService<OutboxStore>();

    public static async Task<RunningServer> StartAsync(OutboxSettings? outbox = null) =>
        new(await CarillonApp.StartAsync(settings: new Settings { Outbox = outbox ?? new OutboxSettings() }));

    /// <summary>Puts a mail into the mailbox and gives its number.</summary>
    public async Task<long> KeepAsync(string subject = "Hello", string? html = "<p>Hello</p>", string? text = "Hello", params MailAttachment[] attachments)
    {
        var id = (++_made).ToString("x24");
        await Outbox.KeepAsync(Mails.Build(new MailMessage
        {
            MessageId = id, FromEmail = "shop@example.com", FromName = "Shop", To = "ada@example.com", Subject = subject,
            Html = html, Text = text, Attachments = attachments, Date = DateTimeOffset.UnixEpoch,
        }), CancellationToken.None);
        return await Outbox.NewestAsync(CancellationToken.None);
    }

    public async Task<JsonNode> GetJsonAsync(string path) => JsonNode.Parse(await Http.GetStringAsync(new Uri(path, UriKind.Relative)))!;

    public Task<HttpResponseMessage> GetAsync(string path) => Http.GetAsync(new Uri(path, UriKind.Relative));

    /// <summary>As SIGTERM does; connections of callers stay as they are.</summary>
    public Task StopAsync() => _app.Services.GetRequiredService<IHost>().StopAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
