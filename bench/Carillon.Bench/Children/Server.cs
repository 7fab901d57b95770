using System.Globalization;

namespace Carillon.Bench.Children;

/// <summary>A <c>carillon serve</c> on a store of its own, with a sender that leads to the given port.</summary>
internal sealed class Server : IDisposable
{
    private readonly Place place;
    private readonly bool owns;

    private Server(Place place, bool owns, Child process, int port) => (this.place, this.owns, Process, Port) = (place, owns, process, port);

    public Child Process { get; }
    public int Port { get; }

    /// <summary>On an empty store, which goes away with the server.</summary>
    /// <param name="recognises">False turns off the recognition of repeats by their body.</param>
    /// <param name="hashes">The database keeps hashes of e-mails.</param>
    public static async Task<Server> StartAsync(Options options, string store, int sinkPort, int connections = 8, bool recognises = true, bool hashes = false) =>
        await StartAsync(await Place.MakeAsync(options, store, sinkPort, connections, hashes), owns: true, recognises);

    /// <summary>On a store that was filled before and stays.</summary>
    public static Task<Server> StartAsync(Place place) => StartAsync(place, owns: false, recognises: true);

    /// <summary>Messages that wait, as the server tells it.</summary>
    public Task<double> WaitingAsync() => MetricAsync("carillon_queue_depth");

    /// <summary>0 for one that was never counted.</summary>
    public async Task<double> MetricAsync(string name)
    {
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync($"http://127.0.0.1:{Port}/metrics");
        var line = metrics.Split('\n').FirstOrDefault(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        Process.Dispose();
        if (owns) place.Dispose();
    }

    private static async Task<Server> StartAsync(Place place, bool owns, bool recognises)
    {
        var process = Child.Start("carillon.dll", ["serve", "--urls", "http://127.0.0.1:0", "--workspace", place.Workspace, .. place.Arguments],
            recognises ? [] : [("CARILLON_API__DEDUPLICATION__IMPLICITWINDOW", "0")]);
        var said = await process.HearAsync($"Carillon {Commands.Versions.Product} is listening on http://127.0.0.1:");
        return new Server(place, owns, process, int.Parse(said[..said.IndexOf(',', StringComparison.Ordinal)], CultureInfo.InvariantCulture));
    }
}
