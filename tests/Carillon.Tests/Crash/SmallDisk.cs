using System.Diagnostics;

namespace Carillon.Tests.Crash;

/// <summary>A small file system in memory that can be filled to the last byte.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private SmallDisk(string folder) => Folder = folder;

    public string Folder { get; }

    private string Filler => Path.Combine(Folder, "filler");

    public static async Task<SmallDisk> MountAsync(int megabytes)
    {
        var folder = Directory.CreateTempSubdirectory("carillon-disk-").FullName;
        await PostgresCluster.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={megabytes}m,mode=755", "tmpfs", folder]);
        return new SmallDisk(folder);
    }

    /// <summary>Returns when not one page more can be written.</summary>
    public async Task FillAsync()
    {
        await PostgresCluster.RunAsync("dd", ["if=/dev/zero", $"of={Filler}", "bs=64k"], mayFail: true);
    }

    public void Free() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        await PostgresCluster.RunAsync("umount", ["-l", Folder], mayFail: true);
        Directory.Delete(Folder);
    }
}

/// <summary>A test that mounts a small disk, which only root may do; and on PostgreSQL only where that is.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SmallDiskFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> MayMount = new(static () =>
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root") return false;
        // In many containers not even root may.
        using var tried = Process.Start("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
        tried.WaitForExit();
        return tried.ExitCode == 0;
    });

    public SmallDiskFactAttribute()
    {
        if (!MayMount.Value) Skip = "Needs root on Linux with the right to mount, for a small disk that can be filled.";
    }

    /// <summary>Skipped where the tests run on SQLite.</summary>
    public bool Postgres
    {
        get => false;
        set => Skip ??= value && !Harness.TestStore.IsPostgres ? "Needs PostgreSQL (CARILLON_TEST_POSTGRES); ./test runs it there." : null;
    }
}
