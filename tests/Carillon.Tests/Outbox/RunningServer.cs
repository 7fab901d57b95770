using System.Text.Json.Nodes;
using Carillon.Commands;
using Carillon.Delivery.Email;
using Carillon.Outbox;
using Carillon.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Carillon.Tests.Outbox;

/// <summary>The whole server on a folder and a port of its own.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly WebApplication _app;
    private int _made;

    private RunningServer(DirectoryInfo folder, WebApplication app)
    {
        (_folder, _app) = (folder, app);
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromSeconds(30) };
    }

    public HttpClient Http { get; }

    public OutboxStore Outbox => _app.Services.GetRequiredService<OutboxStore>();

    public static async Task<RunningServer> StartAsync(OutboxSettings? outbox = null, TimeProvider? time = null)
    {
        var folder = Directory.CreateTempSubdirectory("carillon-outbox-");
        var settings = new Settings { Data = folder.FullName, Urls = "http://127.0.0.1:0", Outbox = outbox ?? new OutboxSettings() };
        var database = await SqliteDatabase.OpenAsync(Path.Combine(folder.FullName, "carillon.db"), TimeProvider.System, CancellationToken.None);
        var app = Server.Build(settings, database, time ?? TimeProvider.System, logging => logging.ClearProviders());
        await app.StartAsync();
        return new RunningServer(folder, app);
    }

    /// <summary>Puts a mail into the mailbox and gives its number.</summary>
    public async Task<long> KeepAsync(string subject = "Hello", string? html = "<p>Hello</p>", string? text = "Hello", params MailAttachment[] attachments)
    {
        var id = (++_made).ToString("x24");
        await Outbox.KeepAsync(Mails.Build(new MailMessage
        {
            MessageId = id, FromEmail = "shop@example.com", FromName = "Shop", To = "ada@example.com", Subject = subject,
            Html = html, Text = text, Attachments = attachments, Date = DateTimeOffset.UnixEpoch,
        }), CancellationToken.None);
        return (await Outbox.ListAsync(long.MaxValue, 1, CancellationToken.None))[0].Number;
    }

    public async Task<JsonNode> GetJsonAsync(string path) => JsonNode.Parse(await Http.GetStringAsync(new Uri(path, UriKind.Relative)))!;

    public Task<HttpResponseMessage> GetAsync(string path) => Http.GetAsync(new Uri(path, UriKind.Relative));

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
