using System.Reflection;
using System.Text.RegularExpressions;
using Carillon.Commands;
using Carillon.Tests.Harness;
using Microsoft.Extensions.Logging;

namespace Carillon.Tests.Rooms;

/// <summary>Every line of the log has an id of its own, and docs/logs.md tells what to do about it.</summary>
public sealed partial class LogTests
{
    private static readonly (int Id, string Level, string Message)[] InCode = [.. typeof(Server).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>()
        .Select(line => (line.EventId, line.Level.ToString(), line.Message)).Order()];

    [Fact]
    public void Ids_are_unique() => InCode.Select(line => line.Id).ShouldBeUnique();

    [Fact]
    public void The_docs_list_every_line_of_the_log()
    {
        var told = Repository.Read("docs/logs.md").Split('\n').Where(line => Row().IsMatch(line))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Select(cells => (int.Parse(cells[1]), cells[2], cells[3].Trim('`')));
        told.ShouldBe(InCode, "docs/logs.md has one row per LoggerMessage, by id: | id | level | `message` | what to do |");
    }

    [Fact]
    public void Only_commands_write_to_the_console()
    {
        var root = Path.Combine(Repository.Root, "src/Carillon");
        Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file))
            .Where(file => !file.StartsWith("obj", StringComparison.Ordinal) && !file.StartsWith("Commands", StringComparison.Ordinal))
            .Where(file => File.ReadAllText(Path.Combine(root, file)).Contains("Console.", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [GeneratedRegex(@"^\| \d+ \|", RegexOptions.NonBacktracking)]
    private static partial Regex Row();
}
