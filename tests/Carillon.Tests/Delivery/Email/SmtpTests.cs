using Carillon.Delivery;
using Carillon.Delivery.Email;
using Carillon.Tests.Harness;
using Carillon.Workspace;
using Microsoft.Extensions.Logging.Abstractions;

namespace Carillon.Tests.Delivery.Email;

/// <summary>What the tests of the sender share: a sink, a sender to it, and a mail.</summary>
public abstract class SmtpTests : IAsyncLifetime
{
    protected SmtpSink Sink { get; } = new();
    internal FakeClock Clock { get; } = new();
    private readonly List<SmtpSender> senders = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Sink.DisposeAsync();
        foreach (var sender in senders) await sender.DisposeAsync();
    }

    protected SmtpSender Sender(int connections = 1, Func<SmtpSettings, SmtpSettings>? with = null, TimeProvider? time = null)
    {
        var settings = new SmtpSettings { Host = Sink.Host, Port = Sink.Port, Hello = "carillon.test" };
        var sender = new SmtpSender(with?.Invoke(settings) ?? settings, connections, time ?? Clock, NullLogger.Instance);
        senders.Add(sender);
        return sender;
    }

    protected static OutgoingMail Mail(string to = "john@example.org", string body = "Hello") => new()
    {
        MessageId = "5f0c1e2d3b4a59687786a5b4",
        EnvelopeFrom = "shop@example.com",
        EnvelopeTo = to,
        Content = System.Text.Encoding.UTF8.GetBytes($"Subject: x\r\nMessage-ID: <5f0c1e2d3b4a59687786a5b4@example.com>\r\n\r\n{body}\r\n"),
    };

    protected static async Task<SendResult> SendAsync(ISender sender, OutgoingMail? mail = null, CancellationToken cancel = default) =>
        await sender.SendAsync(mail ?? Mail(), cancel).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, CancellationToken.None);

    protected void WithoutPipelining() => Sink.Capabilities = [.. Sink.Capabilities.Where(c => c != "PIPELINING")];
}
