using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Query;

/// <summary>The independent implementation: npm's <c>mingo</c>, one node process for all rounds.</summary>
internal static class Mingo
{
    /// <summary>One line of 0 and 1 per filter, a letter per document; in the order of the rounds.</summary>
    public static async Task<List<string>> MatchAsync(IEnumerable<JsonObject> rounds)
    {
        using var node = Start();
        var output = node.StandardOutput.ReadToEndAsync();
        var error = node.StandardError.ReadToEndAsync();
        foreach (var round in rounds) await node.StandardInput.WriteLineAsync(round.ToJsonString());
        node.StandardInput.Close();
        var lines = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToList();
        await node.WaitForExitAsync();
        (await error).ShouldBeEmpty();
        return lines;
    }

    private static Process Start()
    {
        var folder = Path.Combine(Repository.Root, "tests/mingo");
        Directory.Exists(Path.Combine(folder, "node_modules")).ShouldBeTrue("This test compares with mingo: run 'npm ci' in tests/mingo (./test does).");
        var start = new ProcessStartInfo("node", [Path.Combine(folder, "match.js")])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("This test compares with mingo: install node (./test does).", e);
        }
    }
}
