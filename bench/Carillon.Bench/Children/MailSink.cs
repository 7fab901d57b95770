using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Carillon.Bench.Children;

/// <summary>
/// A lean SMTP server that counts mails and throws them away. It greets nobody before it is told <c>open</c>, so that a
/// queue can be filled first. Told <c>expect N</c> it says when N mails came, told <c>count</c> how many there are.
/// </summary>
internal static class MailSink
{
    private static readonly TaskCompletionSource Opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private static long _mails;
    private static long _bytes;
    private static long _expected = long.MaxValue;

    public static async Task RunAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(512);
        Console.WriteLine($"port {((IPEndPoint)listener.LocalEndpoint).Port}");
        _ = AcceptAsync(listener);
        while (await Console.In.ReadLineAsync() is { } line) Obey(line);
    }

    public static void Took(int bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        if (Interlocked.Increment(ref _mails) == Volatile.Read(ref _expected)) Tell("reached");
    }

    private static void Obey(string line)
    {
        if (line == "open") Opened.TrySetResult();
        else if (line == "count") Tell("count");
        else if (line.StartsWith("expect ", StringComparison.Ordinal)) Volatile.Write(ref _expected, long.Parse(line[7..], CultureInfo.InvariantCulture));
    }

    /// <summary>The word, the mails, their bytes, and the moment in seconds.</summary>
    private static void Tell(string word) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{word} {Volatile.Read(ref _mails)} {Volatile.Read(ref _bytes)} {(double)Stopwatch.GetTimestamp() / Stopwatch.Frequency:0.000000}"));

    private static async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            var socket = await listener.AcceptSocketAsync();
            _ = ServeAsync(socket);
        }
    }

    private static async Task ServeAsync(Socket socket)
    {
        await Opened.Task;
        using var session = new MailSinkSession(socket);
        try
        {
            await session.RunAsync();
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The server was stopped; its mails are counted.
        }
    }
}
