using System.CommandLine;
using Carillon.Workspace;

namespace Carillon.Commands;

/// <summary>Every command with its options.</summary>
public static class CommandLine
{
    private static readonly Option<string?> Data = new("--data") { Description = "Folder of the SQLite file (default ./data)" };
    private static readonly Option<string?> Urls = new("--urls") { Description = "Where to listen (default http://127.0.0.1:8080)" };
    private static readonly Option<string?> WorkspaceFile = new("--workspace") { Description = "Workspace file to apply before listening" };
    private static readonly Option<string?> Database = new("--database") { Description = "PostgreSQL connection string, instead of SQLite" };
    private static readonly Option<string?> Role = new("--role") { Description = "all, api or worker (default all)" };

    public static RootCommand Build()
    {
        var root = new RootCommand("Carillon: an open, self-hosted customer-engagement server.");
        root.Add(ServeCommand());
        root.Add(ApplyCommand());
        root.Add(DemoCommand());
        root.Add(TokenCommand());
        root.Add(DatabaseCommand());
        root.Add(SimulateCommand());
        root.Add(VersionCommand());
        return root;
    }

    private static Command ServeCommand()
    {
        var command = new Command("serve", "Run the server until it is stopped.") { Data, Urls, WorkspaceFile, Database, Role };
        command.SetAction((given, cancel) => PlainlyAsync(() => Serve.RunAsync(Read(given), cancel)));
        return command;
    }

    private static Command ApplyCommand()
    {
        var file = new Argument<string>("FILE") { Description = "A workspace file (YAML or JSON)" };
        var command = new Command("apply", "Make the installation what a workspace file says; running it again changes nothing.") { file, Data, Database };
        command.SetAction((given, cancel) => PlainlyAsync(() => Apply.RunAsync(given.GetValue(file)!, Read(given), cancel)));
        return command;
    }

    private static Command DemoCommand()
    {
        var command = new Command("demo", "Serve a demo workspace, send one documented request to it and show the mail.") { Urls };
        command.SetAction((given, cancel) => PlainlyAsync(() => Demo.RunAsync(Read(given), cancel)));
        return command;
    }

    private static Command TokenCommand()
    {
        var name = new Argument<string>("NAME") { Description = "What the token is for, to tell it from others" };
        var create = new Command("create", "Make a token and show it, once.") { name, Data, Database };
        create.SetAction((given, cancel) => PlainlyAsync(() => CreateTokenAsync(given.GetValue(name)!, Read(given), cancel)));
        return new Command("token", "Rights to call the API.") { create };
    }

    private static Command DatabaseCommand()
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Print the statements and change nothing" };
        var distribute = new Command("distribute", "Spread the tables over the machines of a Citus cluster; running it again changes nothing.") { dryRun, Database };
        distribute.SetAction((given, cancel) => PlainlyAsync(() => Distribute.RunAsync(Read(given), given.GetValue(dryRun), Console.Out, cancel)));
        return new Command("database", "The PostgreSQL database.") { distribute };
    }

    private static Command SimulateCommand()
    {
        var workflow = new Argument<int>("ID") { Description = "The workflow" };
        var file = new Argument<string>("FILE") { Description = "Whom and with what: JSON as POST /api/v2/workflows/{id}/simulate takes it; - reads the input" };
        var command = new Command("simulate", "Print the way a profile would take through a workflow; nothing is sent or stored.") { workflow, file, Data, Database };
        command.SetAction((given, cancel) => PlainlyAsync(() => Simulate.RunAsync(given.GetValue(workflow), given.GetValue(file)!, Read(given), cancel)));
        return command;
    }

    private static Command VersionCommand()
    {
        var command = new Command("version", "Tell the versions of Carillon and what it runs on.");
        command.SetAction(_ => Versions.Run());
        return command;
    }

    private static async Task<int> CreateTokenAsync(string name, Settings settings, CancellationToken cancel)
    {
        if (settings.Problem() is { } problem) throw new SettingsException(problem);
        await using var database = await Stores.OpenAsync(settings, TimeProvider.System, cancel);
        var (token, refusal) = await TokenStore.CreateAsync(database, name, TimeProvider.System, cancel);
        if (token is null) throw new SettingsException(refusal!);
        Console.WriteLine(token.Secret);
        return 0;
    }

    /// <summary>The file and the environment, with the options of the command line on top.</summary>
    private static Settings Read(ParseResult given)
    {
        var settings = Settings.Read();
        return settings with
        {
            Data = Given(given, Data) ?? settings.Data, Urls = Given(given, Urls) ?? settings.Urls,
            Workspace = Given(given, WorkspaceFile) ?? settings.Workspace, Database = Given(given, Database) ?? settings.Database,
            Role = Given(given, Role) ?? settings.Role,
        };
    }

    private static string? Given(ParseResult given, Option<string?> option) => given.GetResult(option) is null ? null : given.GetValue(option);

    /// <summary>What the operator can mend is said in a sentence; a stack trace is for defects.</summary>
    /// <param name="errors">The standard error by default.</param>
    public static async Task<int> PlainlyAsync(Func<Task<int>> run, TextWriter? errors = null)
    {
        try
        {
            return await run();
        }
        catch (Exception told) when (told is SettingsException or Storage.NewerSchemaException or Storage.NothingDoneException or Storage.UnknownOutcomeException)
        {
            await (errors ?? Console.Error).WriteLineAsync($"carillon: {told.Message}");
            return 1;
        }
    }
}
