using Carillon.Storage;

namespace Carillon.Commands;

/// <summary><c>carillon serve</c>: runs until it is told to stop.</summary>
public static class Serve
{
    public static async Task<int> RunAsync(Settings settings, CancellationToken cancel)
    {
        if (settings.Problem() is { } problem) throw new SettingsException(problem);
        using var held = Stores.Hold(settings);
        var database = await Stores.OpenAsync(settings, TimeProvider.System, cancel);
        if (settings.Workspace is { } file && !await Apply.RunAsync(file, database, Console.Out, cancel)) return await CloseAsync(database);
        var told = Stores.Told(settings, database);
        if (await Distribute.MissingAsync(database, cancel) is { Count: > 0 } missing)
            await Console.Error.WriteLineAsync($"carillon: not distributed yet: {string.Join(", ", missing)}; run carillon database distribute");
        await using var app = Server.Build(settings, database, TimeProvider.System);
        await StartAsync(app, settings, cancel);
        Console.WriteLine($"Carillon {Versions.Product} is listening on {string.Join(", ", app.Urls)}, {told}");
        await app.WaitForShutdownAsync(cancel);
        return 0;
    }

    /// <summary>Starts listening, or says plainly why that cannot be.</summary>
    public static async Task StartAsync(WebApplication app, Settings settings, CancellationToken cancel)
    {
        try
        {
            await app.StartAsync(cancel);
        }
        catch (IOException taken)
        {
            throw new SettingsException($"--urls {settings.Urls}: {taken.Message}");
        }
    }

    private static async Task<int> CloseAsync(Database database)
    {
        await database.DisposeAsync();
        return 1;
    }
}
