using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Carillon.Tests.Harness;
using Xunit.Abstractions;

namespace Carillon.Tests.Crash;

/// <summary>Many calls with the largest bodies at once, to a server of its own: its memory stays within what docs/speed.md states.</summary>
public sealed class LargeCallTests(ITestOutputHelper output)
{
    private const int Calls = 8;
    private const int Size = 10 << 20;

    public static TheoryData<string, string, int> Bodies() => new()
    {
        { "profiles of 5 KB", "campaigns/triggers/import_and_start_batch", 800 },
        { "items of a hundred values", "campaigns/triggers/start_batch", 1500 },
        { "the most values", "campaigns/triggers/import_and_start_batch", 2200 },
        { "a filter with the longest list", "campaigns/triggers/start", 1000 },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Eight_calls_of_ten_megabytes_stay_within_a_stated_memory(string what, string method, int megabytes)
    {
        var folder = Directory.CreateTempSubdirectory("carillon-large-");
        var workspace = Path.Combine(folder.FullName, "workspace.yaml");
        await File.WriteAllTextAsync(workspace, WorkspaceText);
        using var server = ServerProcess.Start(folder.FullName, workspace);
        using var http = new HttpClient { BaseAddress = await server.ListeningAsync(), Timeout = TimeSpan.FromMinutes(5) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", LaunchLoad.Token);
        var before = server.PeakMegabytes;

        var errors = await Task.WhenAll(Enumerable.Range(0, Calls).Select(number => ErrorAsync(http, method, Body(what, number))));

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {before} MB before, {server.PeakMegabytes} MB at most, answers {string.Join(' ', errors)}"));
        await server.KillAsync();
        folder.Delete(recursive: true);
        errors.Distinct().ShouldBe([what is "profiles of 5 KB" or "items of a hundred values" ? 0 : 400]);
        server.PeakMegabytes.ShouldBeLessThan(megabytes);
    }

    private static async Task<int> ErrorAsync(HttpClient http, string method, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await http.PostAsync("api/v1.1/" + method, content);
        return (int)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
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

    private static readonly string WorkspaceText = $$"""
        tokens: [{name: api, token: {{LaunchLoad.Token}}}]
        databases: [{id: 1, name: Customers}]
        resources: [{id: 21, name: Shop, databases: [1], channels: {email: {sender: 1, from_email: shop@example.com} } }]
        senders: [{id: 1, channel: email, type: outbox}]
        templates: [{id: 5, name: Welcome, channels: {email: {subject: "Hello", text: "Hello"} } }]
        triggers: [{id: 96, name: Welcome, type: api_call, database: 1, resource: 21, channel: email, template: 5, active: true}]
        """;
}
