using System.Globalization;

namespace Carillon.Bench.Children;

/// <summary>A <c>carillon serve</c> on an empty folder, with a sender that leads to the given port.</summary>
internal sealed class Server : IDisposable
{
    private readonly string folder;

    private Server(string folder, Child process, int port) => (this.folder, Process, Port) = (folder, process, port);

    public Child Process { get; }
    public int Port { get; }

    /// <param name="recognises">False turns off the recognition of repeats by their body.</param>
    public static async Task<Server> StartAsync(Options options, int sinkPort, int connections = 8, bool recognises = true)
    {
        var folder = Path.Combine(options.Data, $"carillon-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        var workspace = Path.Combine(folder, "workspace.yaml");
        await File.WriteAllTextAsync(workspace, Samples.Workspace(sinkPort, connections));
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!recognises) environment["CARILLON_API__DEDUPLICATION__IMPLICITWINDOW"] = "0";
        var process = Child.Start("carillon.dll", environment, "serve", "--data", folder, "--urls", "http://127.0.0.1:0", "--workspace", workspace);
        var said = await process.HearAsync($"Carillon {Commands.Versions.Product} is listening on http://127.0.0.1:");
        return new Server(folder, process, int.Parse(said[..said.IndexOf(',', StringComparison.Ordinal)], CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        Process.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
