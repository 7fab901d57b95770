using Carillon.Storage;
using Npgsql;

namespace Carillon.Commands;

/// <summary>Where an installation keeps its rows: a folder with a SQLite file, or a PostgreSQL database.</summary>
public static class Stores
{
    private const string FileName = "carillon.db";

    /// <summary>Opens the store that the settings name, and brings its schema up to date.</summary>
    public static Task<Database> OpenAsync(Settings settings, TimeProvider time, CancellationToken cancel) =>
        settings.Database is { } connection ? OpenPostgresAsync(connection, settings, time, cancel) : OpenSqliteAsync(settings.Data, time, cancel);

    /// <summary>What the operator is told about the store: never a password.</summary>
    public static string Told(Settings settings, Database database) => settings.Database is null ? $"data in {Path.GetFullPath(settings.Data)}" : $"data in {database.Description}";

    private static async Task<Database> OpenPostgresAsync(string connection, Settings settings, TimeProvider time, CancellationToken cancel)
    {
        try
        {
            return await PostgresDatabase.OpenAsync(connection, settings.Postgres, time, cancel);
        }
        catch (AwayException away)
        {
            throw new SettingsException($"--database: {(away.InnerException ?? away).Message}");
        }
        catch (Exception fault) when (fault is NpgsqlException or ArgumentException or TimedOutException or UnknownOutcomeException)
        {
            throw new SettingsException($"--database: {fault.Message}");
        }
    }

    /// <summary>Makes the folder and the file when they are not there.</summary>
    private static async Task<Database> OpenSqliteAsync(string folder, TimeProvider time, CancellationToken cancel)
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

    /// <summary>Makes this process the only server on a folder, until it is disposed or the process ends. Many may use one PostgreSQL.</summary>
    public static IDisposable? Hold(Settings settings)
    {
        if (settings.Database is not null) return null;
        var folder = settings.Data;
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
