using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Workflows;
using Carillon.Workspace;

namespace Carillon.Commands;

/// <summary><c>carillon simulate ID</c>: prints the way a profile would take through a workflow. Reads the store, and changes nothing.</summary>
public static class Simulate
{
    /// <param name="workflow">Its id.</param>
    /// <param name="file">What is simulated, as <c>POST /api/v2/workflows/{id}/simulate</c> takes it; <c>-</c> reads it from the input.</param>
    public static async Task<int> RunAsync(int workflow, string file, Settings settings, CancellationToken cancel)
    {
        if (settings.Problem() is { } problem) throw new SettingsException(problem);
        var body = Read(file);
        await using var database = await Stores.OpenAsync(settings, TimeProvider.System, cancel);
        return await RunAsync(workflow, body, database, Console.Out, cancel);
    }

    public static async Task<int> RunAsync(int workflow, JsonObject body, Database database, TextWriter output, CancellationToken cancel)
    {
        await using var workspace = new WorkspaceSource(database, TimeProvider.System);
        await workspace.LoadAsync(cancel);
        var simulation = new Simulation(database, new Ids(TimeProvider.System), TimeProvider.System);
        var (path, error) = await new SimulateEndpoints(workspace, simulation, TimeProvider.System).RunAsync(workflow, body, workspace.Current, cancel);
        if (path is null) throw new SettingsException(error!.Text);
        Print(path, output);
        return 0;
    }

    private static void Print(JsonObject path, TextWriter output)
    {
        foreach (var step in path["steps"]!.AsArray())
        {
            var branch = (string)step!["branch"]!;
            output.WriteLine($"{step["time"]}  {step["node"]} ({step["type"]}){(branch.Length == 0 ? "" : " -> " + branch)}: {step["decision"]}");
            foreach (var message in path["messages"]!.AsArray().Where(message => (string?)step["message_id"] is { Length: > 0 } && (string?)message!["node"] == (string?)step["node"] && (string?)message["time"] == (string?)step["time"]))
                output.WriteLine($"    {message!["channel"]} to {message["contact"]}: {(message["source"] is null ? message["problem"] : message["subject"])}");
        }
        output.WriteLine($"{path["state"]} at {path["node"]}: {path["reason"]}");
    }

    private static JsonObject Read(string file)
    {
        try
        {
            return JsonNode.Parse(file == "-" ? Console.In.ReadToEnd() : File.ReadAllText(file)) as JsonObject ?? throw new SettingsException($"{file} must hold a JSON object");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new SettingsException($"{file} cannot be read: {fault.Message}");
        }
    }
}
