using System.Globalization;
using System.Text;
using Carillon.Tests.Harness;
using Xunit.Abstractions;

namespace Carillon.Tests.Crash;

/// <summary>Many calls with the largest bodies at once, to a server of its own: its memory stays within what docs/speed.md states.</summary>
public sealed class LargeCallTests(ITestOutputHelper output)
{
    private const int Size = 10 << 20;

    public static TheoryData<string, string, int, int> Bodies() => new()
    {
        { "profiles of 5 KB", "campaigns/triggers/import_and_start_batch", 8, 800 },
        // This one fails where all trees may be there at once (CARILLON_API__LARGEBODIES=100000): 2,030 MB or more.
        { "items of a hundred values", "campaigns/triggers/start_batch", 12, 1450 },
        { "the most values", "campaigns/triggers/import_and_start_batch", 8, 2200 },
        { "a filter with the longest list", "campaigns/triggers/start", 8, 1000 },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Calls_of_ten_megabytes_at_once_stay_within_a_stated_memory(string what, string method, int calls, int megabytes)
    {
        var folder = Directory.CreateTempSubdirectory("carillon-large-");
        using var server = ServerProcess.Start(folder.FullName, Shop.Write(folder.FullName));
        using var http = await server.ClientAsync();
        http.Timeout = TimeSpan.FromMinutes(5);
        var before = server.PeakMegabytes;

        var answers = await Task.WhenAll(Enumerable.Range(0, calls).Select(number => CarillonApp.SendAsync(http, method, Body(what, number), "application/json")));

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {before} MB before, {server.PeakMegabytes} MB at most, answers {string.Join(' ', answers.Select(answer => answer.Error))}"));
        await server.KillAsync();
        folder.Delete(recursive: true);
        answers.Select(answer => answer.Error).Distinct().ShouldBe([what is "profiles of 5 KB" or "items of a hundred values" ? 0 : 400]);
        server.PeakMegabytes.ShouldBeLessThan(megabytes);
    }

    private static byte[] Body(string what, int number) => Encoding.UTF8.GetBytes(what switch
    {
        "profiles of 5 KB" => Filled("""{"trigger_id":96,"timeout":{"days":1},"data":[""", item => $$"""
            {"email":"p{{number}}.{{item}}@example.com","_vendor":"{{new string('x', 5000)}}","subscriptions":[{"email":"p{{number}}.{{item}}@example.com","resource_id":21}]}
            """, "]}"),
        // Looked up and refused, one by one: the tree stays for the whole call.
        "items of a hundred values" => Filled("""{"trigger_id":96,"matching":"profile_id","data":[""", item => $$"""
            {"profile_id":"{{item:x24}}",{{string.Join(',', Enumerable.Range(0, 95).Select(value => $"\"v{value}\":{value}"))}}}
            """, "]}", most: 10_000),
        // As many objects as a body may hold.
        "the most values" => Filled("""{"trigger_id":96,"data":[""", _ => """{"a":{"b":1} }""", "]}", most: 330_000),
        _ => Filled("""{"id":96,"custom_request":{"email":{"$in":[""", item => $"\"{item}\"", "]}}}", most: 900_000),
    });

    private static string Filled(string start, Func<int, string> item, string end, int most = int.MaxValue)
    {
        var text = new StringBuilder(start, Size);
        for (var i = 0; i < most; i++)
        {
            var next = item(i);
            if (text.Length + next.Length + end.Length + 1 > Size) break;
            if (i > 0) text.Append(',');
            text.Append(next);
        }
        text.Append(end);
        return text.Append(' ', Size - text.Length).ToString();
    }
}
