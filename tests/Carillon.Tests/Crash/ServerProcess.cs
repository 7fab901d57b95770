using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Carillon.Tests.Crash;

/// <summary>The built <c>carillon</c> as a process of its own, which can die as processes do.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);
    /// <summary>Ten seconds are promised; what a busy machine needs to end a process comes on top.</summary>
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(15);
    private readonly Process process;
    private readonly List<string> said = [];
    private readonly TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int peak;

    private ServerProcess(Process process) => this.process = process;

    /// <summary>Starts <c>carillon serve</c> and does not wait for it. The system chooses the port, so no two servers meet on one.</summary>
    /// <param name="database">A PostgreSQL connection string; without one the store is in the folder.</param>
    /// <param name="lease">Seconds, with PostgreSQL.</param>
    public static ServerProcess Start(string data, string workspace, string? database = null, double lease = 30, IReadOnlyList<(string Name, string Value)>? environment = null)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "carillon.dll"), "serve", "--data", data, "--urls", "http://127.0.0.1:0", "--workspace", workspace },
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = data,
        };
        if (database is not null)
        {
            start.ArgumentList.Add("--database");
            start.ArgumentList.Add(database);
            start.Environment["CARILLON_NODES__LEASE"] = lease.ToString(CultureInfo.InvariantCulture);
        }
        foreach (var (name, value) in environment ?? []) start.Environment[name] = value;
        var server = new ServerProcess(new Process { StartInfo = start, EnableRaisingEvents = true });
        server.process.OutputDataReceived += (_, line) => server.Hear(line.Data);
        server.process.ErrorDataReceived += (_, line) => server.Hear(line.Data);
        server.process.Exited += (_, _) => server.listening.TrySetException(new InvalidOperationException("The server ended before it listened:\n" + server.Said));
        server.process.Start();
        server.process.BeginOutputReadLine();
        server.process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Everything it printed.</summary>
    public string Said
    {
        get { lock (said) return string.Join('\n', said); }
    }

    /// <summary>The most memory that was resident so far.</summary>
    public int PeakMegabytes
    {
        get
        {
            // Of a process that ended there is nothing to read any more.
            if (!process.HasExited) peak = int.Parse(File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) >> 10;
            return peak;
        }
    }

    /// <summary>Where it listens, once it says that it does.</summary>
    public Task<Uri> ListeningAsync() => listening.Task.WaitAsync(LongestStart);

    /// <summary>SIGKILL: no handler runs, nothing is flushed by the process.</summary>
    public async Task KillAsync()
    {
        // Nobody may be waiting for a server that is killed while it starts.
        _ = listening.Task.ContinueWith(task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as an operator or a supervisor stops it; the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        using var patience = new CancellationTokenSource(LongestStop, TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException late)
        {
            throw new InvalidOperationException($"The server did not end within {LongestStop.TotalSeconds} seconds of SIGTERM:\n{Said}", late);
        }
        return process.ExitCode;
    }

    /// <summary>Sends a signal, such as STOP and CONT.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null) return;
        lock (said) said.Add(line);
        var told = Listening().Match(line);
        if (told.Success) listening.TrySetResult(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{told.Groups["port"].Value}/")));
    }

    [GeneratedRegex(@"is listening on http://127\.0\.0\.1:(?<port>\d+)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Listening();
}
