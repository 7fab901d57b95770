using System.Diagnostics;

namespace Carillon.Bench.Children;

/// <summary>
/// A PostgreSQL server of the bench's own: data and socket under <c>--data</c>, everything as it is installed (fsync and synchronous_commit on) but
/// the memory and the connections. As root it runs as the user postgres, who must not be root.
/// </summary>
internal sealed class PostgresCluster : IDisposable
{
    private readonly string _folder;
    private int _stopped;

    private PostgresCluster(string folder) => _folder = folder;

    public string Connection => $"Host={_folder};Username=carillon;Database=postgres";

    public static PostgresCluster Start(string data)
    {
        var cluster = new PostgresCluster(Path.Combine(Path.GetFullPath(data), $"carillon-bench-pg-{Environment.ProcessId}"));
        Directory.CreateDirectory(cluster._folder);
        if (IsRoot) Tool.Run("chown", "postgres", cluster._folder);
        cluster.AsPostgres("initdb", "-D", cluster.Files, "-A", "trust", "-U", "carillon", "-E", "UTF8");
        cluster.AsPostgres("pg_ctl", "-D", cluster.Files, "-w", "-l", Path.Combine(cluster._folder, "log"), "-o",
            $"-k {cluster._folder} -c listen_addresses= -c max_connections=200 -c shared_buffers=512MB -c max_wal_size=4GB", "start");
        return cluster;
    }

    /// <summary>Once, whoever is first: the end of the run, or a signal.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1) return;
        AsPostgres("pg_ctl", "-D", Files, "-m", "immediate", "stop");
        Directory.Delete(_folder, recursive: true);
    }

    private static bool IsRoot => Environment.UserName == "root";

    private string Files => Path.Combine(_folder, "data");

    private void AsPostgres(string program, params string[] arguments)
    {
        var path = Directory.GetDirectories("/usr/lib/postgresql").Select(folder => Path.Combine(folder, "bin", program)).LastOrDefault(File.Exists)
            ?? throw new InvalidOperationException("PostgreSQL is not installed (apt install postgresql)");
        if (IsRoot) Tool.Run("runuser", ["-u", "postgres", "--", path, .. arguments]);
        else Tool.Run(path, arguments);
    }
}

/// <summary>Programs that are run to their end.</summary>
internal static class Tool
{
    /// <summary>What it wrote; both streams go to files of its own, so a server that it leaves behind holds no pipe of ours.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string Run(string program, params string[] arguments)
    {
        var output = Path.GetTempFileName();
        try
        {
            var shell = new ProcessStartInfo("bash", ["-c", "out=$1; shift; exec \"$@\" > \"$out\" 2>&1 < /dev/null", "bash", output, program, .. arguments]);
            using var process = Process.Start(shell)!;
            process.WaitForExit();
            var said = File.ReadAllText(output);
            return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed: {said}");
        }
        finally
        {
            File.Delete(output);
        }
    }
}
