using Carillon.Storage;
using Carillon.Templates;
using Carillon.Workflows;
using Carillon.Workspace;

namespace Carillon.Commands;

/// <summary><c>carillon apply FILE</c>: makes the installation what the file says, and tells what changed.</summary>
public static class Apply
{
    public static async Task<int> RunAsync(string file, Settings settings, CancellationToken cancel)
    {
        if (settings.Problem() is { } problem) throw new SettingsException(problem);
        await using var database = await Stores.OpenAsync(settings, TimeProvider.System, cancel);
        return await RunAsync(file, database, Console.Out, cancel) ? 0 : 1;
    }

    /// <summary>True when the file was applied. Otherwise the errors were told and nothing was changed.</summary>
    public static async Task<bool> RunAsync(string file, Database database, TextWriter output, CancellationToken cancel)
    {
        var parsed = WorkspaceFile.Parse(await ReadAsync(file, cancel), CheckTemplate);
        var errors = parsed.Errors;
        if (parsed.File is { } workspace)
        {
            var result = await new ApplyWorkspace(database, Graph.Check, TimeProvider.System).RunAsync(workspace, cancel);
            errors = result.Errors;
            if (errors.Count == 0)
            {
                foreach (var line in result.Lines) await output.WriteLineAsync(line);
                foreach (var token in result.NewTokens) await output.WriteLineAsync($"token {token.Name}: {token.Secret} (shown only now)");
                return true;
            }
        }
        foreach (var error in errors) await Console.Error.WriteLineAsync($"{file}: {error}");
        await Console.Error.WriteLineAsync($"{file} was not applied; nothing was changed.");
        return false;
    }

    /// <summary>What the template language says against a text.</summary>
    public static (int Line, int Column, string Message)? CheckTemplate(string source, bool html) => Template.Check(source, html);

    private static async Task<string> ReadAsync(string file, CancellationToken cancel)
    {
        try
        {
            return await File.ReadAllTextAsync(file, cancel);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"The workspace file cannot be read: {fault.Message}");
        }
    }
}
