using System.Globalization;
using System.Text;
using Carillon.Tests.Harness;
using Xunit.Abstractions;

namespace Carillon.Tests.Crash;

/// <summary>Many calls with the largest bodies at once, to a server of its own: its memory stays within what docs/speed.md states.</summary>
public sealed class LargeCallTests(ITestOutputHelper output)
{
    private const int Large = 10 << 20;
    private const int Medium = 1_000_000;

    public static TheoryData<string, string, int, int, int, int> Bodies() => new()
    {
        { "profiles of 5 KB", "campaigns/triggers/import_and_start_batch", Large, 8, 20, 800 },
        // This one fails where all trees may be there at once (CARILLON_API__LARGEBODIES=100000): 2,030 MB or more.
        { "items of a hundred values", "campaigns/triggers/start_batch", Large, 12, 20, 1450 },
        { "the most values", "campaigns/triggers/import_and_start_batch", Large, 8, 20, 2200 },
        { "a filter with the longest list", "campaigns/triggers/start", Large, 8, 20, 1000 },
        // So does this one where bodies of a megabyte are not counted: 2,560 MB or more.
        { "arrays of nothing", "profiles/import", Medium, 100, 4, 1600 },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Large_calls_at_once_stay_within_a_stated_memory(string what, string method, int size, int calls, int largeBodies, int megabytes)
    {
        var folder = Directory.CreateTempSubdirectory("carillon-large-");
        using var server = ServerProcess.Start(folder.FullName, Shop.Write(folder.FullName), environment: [("CARILLON_API__LARGEBODIES", largeBodies.ToString(CultureInfo.InvariantCulture))]);
        using var http = await server.ClientAsync();
        http.Timeout = TimeSpan.FromMinutes(5);
        var before = server.PeakMegabytes;

        var answers = await Task.WhenAll(Enumerable.Range(0, calls).Select(number => CarillonApp.SendAsync(http, method, Body(what, number, size), "application/json")));

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {before} MB before, {server.PeakMegabytes} MB at most, answers {string.Join(' ', answers.Select(answer => answer.Error))}"));
        await server.KillAsync();
        folder.Delete(recursive: true);
        answers.Select(answer => answer.Error).Distinct().ShouldBe([what is "profiles of 5 KB" or "items of a hundred values" or "arrays of nothing" ? 0 : 400]);
        server.PeakMegabytes.ShouldBeLessThan(megabytes);
    }

    private static byte[] Body(string what, int number, int size) => Encoding.UTF8.GetBytes(what switch
    {
        "profiles of 5 KB" => Filled(size, """{"trigger_id":96,"timeout":{"days":1},"data":[""", item => $$"""
            {"email":"p{{number}}.{{item}}@example.com","_vendor":"{{new string('x', 5000)}}","subscriptions":[{"email":"p{{number}}.{{item}}@example.com","resource_id":21}]}
            """, "]}"),
        // Looked up and refused, one by one: the tree stays for the whole call.
        "items of a hundred values" => Filled(size, """{"trigger_id":96,"matching":"profile_id","data":[""", item => $$"""
            {"profile_id":"{{item:x24}}",{{string.Join(',', Enumerable.Range(0, 95).Select(value => $"\"v{value}\":{value}"))}}}
            """, "]}", most: 10_000),
        // As many objects as a body may hold.
        "the most values" => Filled(size, """{"trigger_id":96,"data":[""", _ => """{"a":{"b":1} }""", "]}", most: 330_000),
        "arrays of nothing" => Filled(size, $$"""{"db_id":1,"data":{"email":"p{{number}}@example.com","x":[""", _ => "[]", "]}}"),
        _ => Filled(size, """{"id":96,"custom_request":{"email":{"$in":[""", item => $"\"{item}\"", "]}}}", most: 900_000),
    });

    private static string Filled(int size, string start, Func<int, string> item, string end, int most = int.MaxValue)
    {
        var text = new StringBuilder(start, size);
        for (var i = 0; i < most; i++)
        {
            var next = item(i);
            if (text.Length + next.Length + end.Length + 1 > size) break;
            if (i > 0) text.Append(',');
            text.Append(next);
        }
        text.Append(end);
        return text.Append(' ', size - text.Length).ToString();
    }
}
