using System.Globalization;
using System.Runtime.InteropServices;

namespace Carillon.Bench.Children;

/// <summary>The process of <see cref="MailSink"/>, as the bench talks to it.</summary>
internal sealed class Sink : IDisposable
{
    private readonly Child process;

    private Sink(Child process, int port) => (this.process, Port) = (process, port);

    public int Port { get; }

    public static async Task<Sink> StartAsync()
    {
        // It answers at once and waits for nothing else, so it goes on in the thread that hears of a socket: a change of threads for each mail would take the processor from the server.
        var process = Child.Start("carillon-bench.dll", ["sink"], ("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1"));
        return new Sink(process, int.Parse(await process.HearAsync("port "), CultureInfo.InvariantCulture));
    }

    public Task OpenAsync() => process.TellAsync("open");

    public async Task<Taken> CountAsync()
    {
        await process.TellAsync("count");
        return Read(await process.HearAsync("count "));
    }

    /// <summary>Before the mails are let in: when the sink has so many, <see cref="ReachedAsync"/> ends.</summary>
    public Task ExpectAsync(long mails) => process.TellAsync($"expect {mails}");

    public async Task<Taken> ReachedAsync() => Read(await process.HearAsync("reached "));

    /// <summary>From here on it notes when the mail to each recipient came.</summary>
    public Task NoteAsync(int recipients) => process.TellAsync($"note {recipients}");

    /// <summary>The moments, by the recipient's number; 0 for a mail that did not come.</summary>
    public async Task<long[]> ArrivalsAsync()
    {
        var file = Path.GetTempFileName();
        await process.TellAsync($"write {file}");
        await process.HearAsync("written ");
        var bytes = await File.ReadAllBytesAsync(file);
        File.Delete(file);
        return MemoryMarshal.Cast<byte, long>(bytes).ToArray();
    }

    /// <summary>Waits until it has so many mails in all.</summary>
    public async Task ReachAsync(long mails)
    {
        await process.TellAsync($"reach {mails}");
        await ReachedAsync();
    }

    public void Dispose() => process.Dispose();

    private static Taken Read(string told)
    {
        var words = told.Split(' ');
        return new Taken(long.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture), double.Parse(words[2], CultureInfo.InvariantCulture));
    }
}

/// <param name="Seconds">The moment, on the sink's clock.</param>
internal readonly record struct Taken(long Mails, long Bytes, double Seconds);
