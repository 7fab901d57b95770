using Carillon.Storage;

namespace Carillon.Commands;

/// <summary>The folder that holds an installation's SQLite file.</summary>
public static class DataFolder
{
    private const string FileName = "carillon.db";

    /// <summary>Opens the store, making the folder and the file when they are not there.</summary>
    public static async Task<Database> OpenAsync(string folder, TimeProvider time, CancellationToken cancel)
    {
        try
        {
            Make(folder);
            return await SqliteDatabase.OpenAsync(Path.Combine(folder, FileName), time, cancel);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or Microsoft.Data.Sqlite.SqliteException)
        {
            throw new SettingsException($"--data {folder}: {fault.Message}");
        }
    }

    /// <summary>Makes this process the only server on the folder, until it is disposed or the process ends.</summary>
    public static IDisposable Hold(string folder)
    {
        try
        {
            Make(folder);
            return new FileStream(Path.Combine(folder, "carillon.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException) when (File.Exists(Path.Combine(folder, "carillon.lock")))
        {
            throw new SettingsException($"--data {folder}: another server is running on this folder");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"--data {folder}: {fault.Message}");
        }
    }

    /// <summary>People's addresses are in there: on Unix the folder is for its owner alone.</summary>
    private static void Make(string folder)
    {
        if (Directory.Exists(folder)) return;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
