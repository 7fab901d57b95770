using System.Diagnostics;
using Carillon.Commands;
using Carillon.Storage;
using Carillon.Tests.Harness;
using Npgsql;

namespace Carillon.Tests.Commands;

/// <summary>What an operator reads when a command does not get at its database: a sentence, and no stack trace.</summary>
public sealed class StoreAwayTests
{
    private static readonly string[] Names = ["serve", "apply", "distribute", "token", "simulate"];

    public static TheoryData<string> Commands() => [.. Names];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_server_that_nobody_runs_is_told_in_a_sentence(string command) => await TellsAsync(command, "Host=127.0.0.1;Port=1;Username=x;Password=secret", "127.0.0.1:1");

    [PostgresFact]
    public async Task A_login_that_the_server_refuses_is_told_in_a_sentence()
    {
        var store = new TestStore();
        await using (await store.OpenAsync(TimeProvider.System))
        {
            var stranger = new NpgsqlConnectionStringBuilder(store.Connection) { Username = "nobody_of_that_name", Password = "secret" }.ToString();
            foreach (var command in Names) await TellsAsync(command, stranger, "nobody_of_that_name");
        }
        await store.DeleteAsync();
    }

    /// <summary>The store may go away at any later moment, too.</summary>
    [Theory]
    [InlineData("away")]
    [InlineData("late")]
    [InlineData("unknown")]
    public async Task A_store_that_goes_away_meanwhile_is_told_in_a_sentence(string how)
    {
        var gone = new IOException("gone");
        await using var said = new StringWriter();
        (await CommandLine.PlainlyAsync(() => throw (how switch { "away" => new AwayException(gone), "late" => new TimedOutException(gone), _ => (Exception)new UnknownOutcomeException(gone) }), said)).ShouldBe(1);
        said.ToString().ShouldStartWith("carillon: The ");
        said.ToString().ShouldContain("(gone)");
    }

    private static async Task TellsAsync(string command, string connection, string why)
    {
        var folder = Directory.CreateTempSubdirectory("carillon-away-");
        var (workspace, simulated) = (Path.Combine(folder.FullName, "workspace.yaml"), Path.Combine(folder.FullName, "simulate.json"));
        await File.WriteAllTextAsync(workspace, "databases: []\n");
        await File.WriteAllTextAsync(simulated, "{}");
        string[] arguments = command switch
        {
            "serve" => ["serve", "--urls", "http://127.0.0.1:0"],
            "apply" => ["apply", workspace],
            "distribute" => ["database", "distribute"],
            "token" => ["token", "create", "x"],
            _ => ["simulate", "1", simulated],
        };
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "carillon.dll"), .. arguments, "--database", connection])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder.FullName,
        })!;
        var (output, said) = (process.StandardOutput.ReadToEndAsync(), await process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        folder.Delete(recursive: true);

        process.ExitCode.ShouldBe(1, command);
        said.ShouldStartWith("carillon: --database: ", Case.Sensitive, command);
        said.TrimEnd().ShouldNotContain('\n', command);
        said.ShouldContain(why, Case.Sensitive, command);
        said.ShouldNotContain("secret");
        (await output).ShouldBeEmpty(command);
    }
}
