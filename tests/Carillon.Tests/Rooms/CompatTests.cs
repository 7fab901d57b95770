using System.Text.RegularExpressions;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Rooms;

/// <summary>docs/compat.md tells what the server does.</summary>
public sealed partial class CompatTests
{
    [Fact]
    public void The_paths_marked_done_or_partly_are_the_routes_of_the_server()
    {
        var told = Repository.Read("docs/compat.md").Split('\n')
            .Where(line => line.StartsWith('|') && line.Split('|')[2].Trim() is "done" or "partly")
            .SelectMany(line => Path().Matches(line.Split('|')[1]).Select(match => match.Groups[1].Value));
        var routes = Post().Matches(Repository.Read("src/Carillon/Api/Routes.cs")).Select(match => match.Groups[1].Value);
        routes.Order(StringComparer.Ordinal).ShouldBe(told.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("`([^`]+)`", RegexOptions.NonBacktracking)]
    private static partial Regex Path();

    [GeneratedRegex("\\sPost\\(\"([^\"]+)\"", RegexOptions.NonBacktracking)]
    private static partial Regex Post();
}
