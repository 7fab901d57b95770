using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Carillon.Tests.Harness;

/// <summary>
/// A real SMTP server on a free port of 127.0.0.1 that keeps what it is sent and answers as the test says. All members may
/// be used from any thread, also while mails come in; scripts are set before the first connection.
/// </summary>
public sealed class SmtpSink : IAsyncDisposable
{
    /// <summary>As a scripted reply: hang up without a word.</summary>
    public const string HangUp = "(hang up)";
    /// <summary>As a scripted reply to ".": keep the mail, then hang up without a word. The sender cannot know.</summary>
    public const string TakeAndHangUp = "(take and hang up)";
    private static readonly Lazy<X509Certificate2> SelfSigned = new(MakeCertificate);
    private readonly TcpListener listener;
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly List<SinkMail> mails = [];
    private readonly List<SinkCommand> commands = [];
    private readonly List<SinkLogin> logins = [];
    private readonly List<(Func<bool> Holds, TaskCompletionSource Signal)> waiters = [];
    private readonly List<SinkHold> holds = [];
    private readonly Dictionary<string, int> seen = new(StringComparer.Ordinal);
    private readonly List<SmtpSinkSession> sessions = [];
    private readonly Task accepting;
    private int count;

    public SmtpSink() : this(port: 0)
    {
    }

    /// <summary>On a port that another sink has left.</summary>
    public SmtpSink(int port)
    {
        listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start(512);
        accepting = AcceptAsync();
    }

    public string Host => "127.0.0.1";
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;
    /// <summary>The lines of the EHLO answer. STARTTLS is added when <see cref="OffersStartTls"/> and TLS is not yet on.</summary>
    public IReadOnlyList<string> Capabilities { get; set; } = ["PIPELINING", "SIZE 104857600", "8BITMIME", "SMTPUTF8", "AUTH PLAIN LOGIN"];
    public bool OffersStartTls { get; set; }
    public bool ImplicitTls { get; set; }
    /// <summary>False for throughput: mails are counted and their envelopes kept, but not their content or the commands.</summary>
    public bool KeepsContent { get; set; } = true;

    /// <summary>
    /// Replies by command: CONNECT, EHLO, HELO, STARTTLS, AUTH, MAIL, RCPT, DATA, "." (the end of the content), RSET, QUIT.
    /// Called with how many times the command was seen (1 is the first) and its argument; null is the usual reply.
    /// </summary>
    public Dictionary<string, Func<int, string, string?>> On { get; } = new(StringComparer.Ordinal);
    public Func<int, string, string?> OnMail { set => On["MAIL"] = value; }
    public Func<int, string, string?> OnRcpt { set => On["RCPT"] = value; }
    public Func<int, string, string?> OnData { set => On["DATA"] = value; }
    public Func<int, string, string?> OnDot { set => On["."] = value; }
    /// <summary>How long the answer to a mail that was taken waits, given how many were taken before it: the time on the wire.</summary>
    public Func<int, TimeSpan>? AnswersAfter { get; set; }
    /// <summary>What is sent behind the answer to STARTTLS, in the same packet, as an attacker in the middle would.</summary>
    public string InjectedAfterStartTls { get; set; } = "";

    public int Count => Volatile.Read(ref count);
    public IReadOnlyList<SinkMail> Mails => Copy(mails);
    public IReadOnlyList<SinkCommand> Commands => Copy(commands);
    public IReadOnlyList<SinkLogin> Logins => Copy(logins);
    public int ConnectionsSeen { get { lock (gate) return sessions.Count; } }
    /// <summary>How often the other side had to wait for replies, over all connections.</summary>
    public int RoundTrips { get { lock (gate) return sessions.Sum(s => s.RoundTrips); } }
    /// <summary>The most that were open at once, as the system saw them whenever another one came.</summary>
    public int MostConnections { get; private set; }
    public int ConnectionsOpen { get { lock (gate) return sessions.Count(s => !s.Closed); } }

    /// <summary>The verbs that came over all connections, in the order of their coming.</summary>
    public IReadOnlyList<string> Verbs => [.. Commands.Select(c => c.Verb)];

    /// <summary>
    /// The next time the command comes, the sink stops before it answers, until the hold is released. CONTENT stops it before it
    /// reads what follows DATA.
    /// </summary>
    public SinkHold Hold(string verb)
    {
        var hold = new SinkHold(verb);
        lock (gate) holds.Add(hold);
        return hold;
    }

    public Task WaitForAsync(int mailCount, TimeSpan? timeout = null) => WaitForAsync(() => Count >= mailCount, timeout);

    /// <summary>Waits until the condition holds; it is looked at after everything that happens here. The time-out is a safety net.</summary>
    public Task WaitForAsync(Func<bool> holds, TimeSpan? timeout = null)
    {
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate) waiters.Add((holds, signal));
        Happened();
        return signal.Task.WaitAsync(timeout ?? TimeSpan.FromSeconds(30));
    }

    /// <summary>Closes every open connection from this side, as a server does with idle ones, and waits until that is done.</summary>
    public async Task HangUpAllAsync(string lastWords = "")
    {
        foreach (var session in Copy(sessions)) await session.HangUpAsync(lastWords);
    }

    /// <summary>Dies as a process does: all connections break at once, in the middle of whatever was said.</summary>
    public async Task DieAsync()
    {
        listener.Stop();
        foreach (var session in Copy(sessions)) session.Break();
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        foreach (var hold in Copy(holds)) hold.Release();
        await accepting;
        foreach (var session in Copy(sessions)) await session.DisposeAsync();
        stop.Dispose();
    }

    internal static X509Certificate2 Certificate => SelfSigned.Value;

    /// <summary>The scripted reply to a command, after any hold on it; null is the usual one.</summary>
    internal async ValueTask<string?> AnswerAsync(int connection, string verb, string argument)
    {
        if (!KeepsContent && On.Count == 0) return null;
        int number;
        lock (gate)
        {
            commands.Add(new SinkCommand(connection, verb, argument));
            number = seen[verb] = seen.GetValueOrDefault(verb) + 1;
        }
        Happened();
        await PassHoldAsync(verb);
        return On.TryGetValue(verb, out var reply) ? reply(number, argument) : null;
    }

    internal async ValueTask PassHoldAsync(string verb)
    {
        SinkHold? held;
        lock (gate)
        {
            held = holds.Find(h => h.Verb == verb);
            if (held is not null) holds.Remove(held);
        }
        if (held is not null) await held.PassAsync(stop.Token);
    }

    /// <summary>The mail is ours from here on, whether or not the other side lives to hear it.</summary>
    internal async ValueTask TakeAsync(SinkMail mail)
    {
        lock (gate) mails.Add(mail);
        var taken = Interlocked.Increment(ref count);
        Happened();
        if (AnswersAfter?.Invoke(taken) is { Ticks: > 0 } pause) await Task.Delay(pause, TimeProvider.System, stop.Token);
    }

    internal void Keep(SinkLogin login)
    {
        lock (gate) logins.Add(login);
    }

    internal void Happened()
    {
        lock (gate)
        {
            if (waiters.Count == 0) return;
            foreach (var (_, signal) in waiters.Where(w => w.Holds())) signal.TrySetResult();
            waiters.RemoveAll(w => w.Signal.Task.IsCompleted);
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptSocketAsync(stop.Token);
                lock (gate)
                {
                    sessions.Add(new SmtpSinkSession(this, socket, sessions.Count + 1, stop.Token));
                    MostConnections = Math.Max(MostConnections, sessions.Count(session => session.IsEstablished));
                }
                Happened();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // stopped
        }
    }

    private List<T> Copy<T>(List<T> list)
    {
        lock (gate) return [.. list];
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = TimeProvider.System.GetUtcNow();
        using var bare = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(bare.Export(X509ContentType.Pfx), null);
    }
}

/// <param name="Connection">1 is the first that was opened.</param>
/// <param name="Content">As it was before dot-stuffing. Empty when the sink keeps none.</param>
public sealed record SinkMail(int Connection, string From, string To, string MailArguments, byte[] Content)
{
    public string MessageId => Header("Message-ID");

    /// <summary>The raw value of the first header of that name, unfolded; empty when there is none.</summary>
    public string Header(string name)
    {
        var text = System.Text.Encoding.UTF8.GetString(Content);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var head = (end < 0 ? text : text[..end]).Replace("\r\n ", " ", StringComparison.Ordinal);
        var line = head.Split("\r\n").FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase));
        return line is null ? "" : line[(name.Length + 1)..].Trim();
    }
}

public sealed record SinkCommand(int Connection, string Verb, string Argument);

public sealed record SinkLogin(string Mechanism, string Username, string Password, bool OverTls);

/// <summary>A stop in the sink's way, see <see cref="SmtpSink.Hold"/>.</summary>
public sealed class SinkHold(string verb)
{
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Verb => verb;

    /// <summary>Ends when the sink has read the command and has not answered it.</summary>
    public Task ReachedAsync() => reached.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public void Release() => released.TrySetResult();

    internal Task PassAsync(CancellationToken stop)
    {
        reached.TrySetResult();
        return released.Task.WaitAsync(stop);
    }
}
