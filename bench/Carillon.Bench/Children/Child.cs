using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace Carillon.Bench.Children;

/// <summary>A process of the bench: it tells things line by line and can be asked for its memory and processor time.</summary>
internal sealed class Child : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private const double TicksPerSecond = 100;
    private readonly Process process;
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();

    private Child(Process process) => this.process = process;

    public static Child Start(string assembly, IEnumerable<string> arguments, params (string Name, string Value)[] environment) =>
        StartProgram("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly), .. arguments], environment);

    /// <summary>Any program, for those that we are compared with.</summary>
    public static Child StartProgram(string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var child = new Child(new Process { StartInfo = start });
        child.process.OutputDataReceived += (_, line) => child.Hear(line.Data);
        child.process.Start();
        child.process.BeginOutputReadLine();
        return child;
    }

    /// <summary>Waits for the next line that begins so, and returns what follows.</summary>
    public async Task<string> HearAsync(string beginning)
    {
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        await foreach (var line in lines.Reader.ReadAllAsync(patience.Token))
        {
            if (line.StartsWith(beginning, StringComparison.Ordinal)) return line[beginning.Length..];
        }
        throw new InvalidOperationException($"A child process ended before it said '{beginning}'");
    }

    public Task TellAsync(string line) => process.StandardInput.WriteLineAsync(line);

    /// <summary>User and system time of all threads so far.</summary>
    public TimeSpan ProcessorTime()
    {
        var stat = File.ReadAllText($"/proc/{process.Id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromSeconds((Number(fields[11]) + Number(fields[12])) / TicksPerSecond);
    }

    public double ResidentMegabytes() =>
        Number(File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;

    /// <summary>Open files, sockets among them.</summary>
    public int OpenFiles() => Directory.GetFileSystemEntries($"/proc/{process.Id}/fd").Length;

    /// <summary>Waits for its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public async Task EndedAsync()
    {
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{process.StartInfo.FileName} ended with {process.ExitCode}");
    }

    /// <summary>Asks it to stop as an operator would, and waits; its exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    /// <summary>Its data are the bench's own, so it need not say goodbye.</summary>
    public void Dispose()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null) lines.Writer.TryComplete();
        else lines.Writer.TryWrite(line);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
