using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Carillon.Tests.Crash;

/// <summary>A PostgreSQL server of a test's own, which can be killed. Made from the same programs as that of <c>./test</c>.</summary>
internal sealed class PostgresCluster : IAsyncDisposable
{
    private static readonly string[] Fast = ["-c", "listen_addresses=", "-c", "max_connections=300", "-c", "max_wal_size=128MB"];
    private readonly string folder;
    private readonly string programs;

    private PostgresCluster(string folder, string programs) => (this.folder, this.programs) = (folder, programs);

    public string Connection => $"Host={folder};Username=carillon;Database=postgres;Maximum Pool Size=20";

    private string Data => Path.Combine(folder, "data");

    /// <param name="folder">An empty folder, which stays the caller's.</param>
    public static async Task<PostgresCluster> StartAsync(string folder)
    {
        var programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(version => double.Parse(Path.GetFileName(version), CultureInfo.InvariantCulture)).Select(version => Path.Combine(version, "bin")).First()
            : "";
        var cluster = new PostgresCluster(folder, programs);
        if (Environment.UserName == "root") await RunAsync("chown", ["postgres", folder]);
        await cluster.RunAsServerAsync("initdb", ["-D", cluster.Data, "-A", "trust", "-U", "carillon", "-E", "UTF8", "--no-sync"]);
        await cluster.StartAgainAsync();
        return cluster;
    }

    /// <summary>Returns when it takes connections, that is after it has recovered from how it ended.</summary>
    public Task StartAgainAsync() => RunAsServerAsync("pg_ctl", ["-D", Data, "-l", Path.Combine(folder, "log"), "-o", $"-k {folder} {string.Join(' ', Fast)}", "-w", "-t", "60", "start"]);

    /// <summary>For a server that may have ended by itself, or may be about to.</summary>
    public async Task StartUnlessThereAsync()
    {
        await RunAsServerAsync("pg_ctl", ["-D", Data, "-m", "immediate", "-w", "stop"], mayFail: true);
        await StartAgainAsync();
    }

    /// <summary>SIGKILL to the server and to each of its processes.</summary>
    public async Task KillAsync()
    {
        var server = Process.GetProcessById(int.Parse((await File.ReadAllLinesAsync(Path.Combine(Data, "postmaster.pid")))[0], CultureInfo.InvariantCulture));
        var children = (await RunAsync("ps", ["-o", "pid=", "--ppid", server.Id.ToString(CultureInfo.InvariantCulture)])).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        server.Kill();
        foreach (var child in children) await RunAsync("kill", ["-KILL", child.Trim()], mayFail: true);
        await server.WaitForExitAsync();
    }

    public async Task<List<string>> QueryAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Connection) { Pooling = false });
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync()) rows.Add(Convert.ToString(reader.GetValue(0), CultureInfo.InvariantCulture)!);
        return rows;
    }

    public async ValueTask DisposeAsync() => await RunAsServerAsync("pg_ctl", ["-D", Data, "-m", "immediate", "stop"], mayFail: true);

    /// <summary>PostgreSQL does not run as root.</summary>
    private Task RunAsServerAsync(string program, string[] arguments, bool mayFail = false)
    {
        var path = Path.Combine(programs, program);
        return Environment.UserName == "root" ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments], mayFail) : RunAsync(path, arguments, mayFail);
    }

    internal static async Task<string> RunAsync(string program, string[] arguments, bool mayFail = false)
    {
        var output = Path.GetTempFileName();
        try
        {
            // The server that pg_ctl leaves behind keeps what it was given open: a pipe would never end.
            using var process = Process.Start("bash", ["-c", "exec \"${@:2}\" > \"$1\" 2>&1 < /dev/null", "bash", output, program, .. arguments]);
            await process.WaitForExitAsync();
            var said = await File.ReadAllTextAsync(output);
            if (process.ExitCode != 0 && !mayFail) throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {said}");
            return said;
        }
        finally
        {
            File.Delete(output);
        }
    }
}
