using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Carillon.Bench.Children;

/// <summary>
/// A lean SMTP server that counts mails and throws them away. It greets nobody before it is told <c>open</c>, so that a
/// queue can be filled first. Told <c>expect N</c> it says when N mails came, told <c>count</c> how many there are. Told <c>note N</c> it notes when
/// the mails to the recipients with the numbers 0 to N-1 came, and <c>write FILE</c> has it write that down.
/// </summary>
internal static class MailSink
{
    private static readonly TaskCompletionSource Opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private static long _mails;
    private static long _bytes;
    private static long _expected = long.MaxValue;
    private static long[] _arrivals = [];

    public static async Task RunAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(512);
        Console.WriteLine($"port {((IPEndPoint)listener.LocalEndpoint).Port}");
        _ = AcceptAsync(listener);
        while (await Console.In.ReadLineAsync() is { } line) Obey(line);
    }

    /// <param name="recipient">The number in its address, -1 where there is none.</param>
    public static void Took(int bytes, long recipient)
    {
        var arrivals = Volatile.Read(ref _arrivals);
        if (recipient >= 0 && recipient < arrivals.Length) arrivals[recipient] = Stopwatch.GetTimestamp();
        Interlocked.Add(ref _bytes, bytes);
        var mails = Interlocked.Increment(ref _mails);
        if (mails == Volatile.Read(ref _expected) && Interlocked.CompareExchange(ref _expected, long.MaxValue, mails) == mails) Tell("reached");
    }

    private static void Obey(string line)
    {
        if (line == "open") Opened.TrySetResult();
        else if (line == "count") Tell("count");
        else if (line.StartsWith("reach ", StringComparison.Ordinal)) Expect(long.Parse(line[6..], CultureInfo.InvariantCulture));
        else if (line.StartsWith("note ", StringComparison.Ordinal)) Volatile.Write(ref _arrivals, new long[int.Parse(line[5..], CultureInfo.InvariantCulture)]);
        else if (line.StartsWith("write ", StringComparison.Ordinal)) Write(line[6..]);
        else if (line.StartsWith("expect ", StringComparison.Ordinal)) Volatile.Write(ref _expected, long.Parse(line[7..], CultureInfo.InvariantCulture));
    }

    /// <summary>Says so at once when they are there already; once in any case.</summary>
    private static void Expect(long mails)
    {
        Volatile.Write(ref _expected, mails);
        if (Volatile.Read(ref _mails) >= mails && Interlocked.Exchange(ref _expected, long.MaxValue) == mails) Tell("reached");
    }

    private static void Write(string file)
    {
        File.WriteAllBytes(file, MemoryMarshal.AsBytes(_arrivals.AsSpan()));
        Console.WriteLine("written ");
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
