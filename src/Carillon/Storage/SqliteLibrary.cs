using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Carillon.Storage;

/// <summary>
/// Chooses the SQLite that the process uses: the system's when it is 3.40 or newer (it gets security updates with the
/// system), else the one that came with us. Decided once, before the first connection.
/// </summary>
public static class SqliteLibrary
{
    private const int WantedVersion = 3_040_000;
    private static readonly string[] SystemNames = ["libsqlite3.so.0", "libsqlite3.dylib", "sqlite3.dll"];
    private static readonly Lock Gate = new();
    private static string? _chosen;

    /// <summary>Which library was chosen, for <c>version</c> and the log.</summary>
    public static string Choose()
    {
        lock (Gate)
        {
            if (_chosen is not null) return _chosen;
            var (system, name) = FindSystem();
            if (system != 0)
                NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly,
                    (wanted, _, _) => wanted == "e_sqlite3" ? system : 0);
            raw.SetProvider(new SQLite3Provider_e_sqlite3());
            // No connection of ours is used by two threads at once, and nobody asks for memory statistics: neither needs its locks.
            raw.sqlite3_config(raw.SQLITE_CONFIG_MULTITHREAD);
            raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
            return _chosen = $"SQLite {raw.sqlite3_libversion().utf8_to_string()} ({(system != 0 ? name : "bundled")})";
        }
    }

    private static (nint Handle, string Name) FindSystem()
    {
        foreach (var name in SystemNames)
        {
            if (!NativeLibrary.TryLoad(name, Assembly.GetExecutingAssembly(), DllImportSearchPath.SafeDirectories, out var handle)) continue;
            if (NativeLibrary.TryGetExport(handle, "sqlite3_libversion_number", out var version)
                && Marshal.GetDelegateForFunctionPointer<VersionNumber>(version)() >= WantedVersion)
                return (handle, name);
            NativeLibrary.Free(handle);
        }
        return (0, "");
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int VersionNumber();
}
