using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Carillon.Api.Docs;
using Carillon.Profiles;
using Carillon.Tests.Harness;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit.Abstractions;
using Route = Carillon.Api.Route;

namespace Carillon.Tests.Api.Fuzz;

/// <summary>
/// A hundred thousand hostile bodies to every method over kept connections: each gets a well-formed answer that is not the server's fault.
/// A body that does not is printed with its number; <c>CARILLON_FUZZ_NUMBER=123</c> sends that one alone, <c>CARILLON_FUZZ_SEED</c> and
/// <c>CARILLON_FUZZ_COUNT</c> look further.
/// </summary>
[Collection(nameof(Alone))]
public sealed partial class FuzzTests(ITestOutputHelper output)
{
    private const int Connections = 16;
    private const int Seed = 20260101;

    /// <summary>A call that is remembered as a possible repeat holds some 40 bytes; a body that was kept by mistake would hold hundreds.</summary>
    private const int MostBytesHeld = 200;

    [Fact]
    public async Task No_body_breaks_the_server()
    {
        await using var app = await CarillonApp.StartAsync(Prepared, logging: logging => logging.SetMinimumLevel(LogLevel.None), implicitWindow: 60);
        var bodies = new FuzzBodies(await TargetsAsync(app), Asked.Number("CARILLON_FUZZ_SEED") ?? Seed);
        var (first, count) = Asked.Number("CARILLON_FUZZ_NUMBER") is { } only ? (only, 1) : (0, Asked.Number("CARILLON_FUZZ_COUNT") ?? (TestStore.IsPostgres ? 20_000 : 100_000));
        var started = TimeProvider.System.GetTimestamp();
        var codes = new ConcurrentDictionary<int, int>();
        await SendAsync(app, bodies, first, count - count / 2, codes);
        var before = Held();

        await SendAsync(app, bodies, first + count - count / 2, count / 2, codes);

        if (count == 1) return;
        (await app.Http.GetStringAsync("/readyz")).ShouldBe("ready\n");
        (await app.PostAsync("profiles/import", new JsonObject { ["db_id"] = 1, ["data"] = new JsonObject { ["email"] = "after@example.com" } })).Error.ShouldBe(0);
        // Many must get past the readers, or little was tried.
        var told = string.Join(", ", codes.OrderBy(code => code.Key).Select(code => $"{code.Key}: {code.Value}"));
        codes.GetValueOrDefault(0).ShouldBeGreaterThan(count / 50, told);
        codes.GetValueOrDefault(400).ShouldBeGreaterThan(count / 5, told);
        // The first half is the warm-up.
        var after = Held();
        var held = (after - before) / (count / 2);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} bodies in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:F0} s; {held} bytes of each are still held; errors {told}"));
        held.ShouldBeLessThan(MostBytesHeld, "bytes of each body are still held");

        // Would it have been seen?
        var kept = Enumerable.Range(0, count / 2).Select(_ => new byte[2 * MostBytesHeld]).ToArray();
        ((Held() - after) / (count / 2)).ShouldBeGreaterThanOrEqualTo(MostBytesHeld, "what is kept on purpose is not seen");
        GC.KeepAlive(kept);
    }

    /// <summary>Nothing is sent, and there is a workflow to simulate.</summary>
    private static string Prepared(string yaml) => Port().Replace(yaml, "port: 1").Replace("    name: Customers\n", "    name: Customers\n    email_hashes: true\n", StringComparison.Ordinal) + """

        workflows:
          - id: 12
            name: Series
            database: 1
            nodes:
              - {id: start, type: start, next: hello}
              - {id: hello, type: send, channel: email, resource: 21, template: 5, next: pause}
              - {id: pause, type: wait_event, event: opened, days: 1, next: done, timeout: done}
              - {id: done, type: exit}
        """;

    /// <summary>Every method of the table of routes, the links of version 1.0 and what takes a body among our own URLs.</summary>
    private static async Task<IReadOnlyList<FuzzTarget>> TargetsAsync(CarillonApp app)
    {
        await app.ImportAsync("a@example.com");
        List<FuzzTarget> targets = [.. app.Services.GetRequiredService<EndpointDataSource>().Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<Route>()).OfType<Route>()
            .Select(route => new FuzzTarget("POST", (route.Flat ? "/api/" : "/api/v1.1/") + route.Path, [])).OrderBy(target => target.Url, StringComparer.Ordinal)];
        var link = "/trg/" + ((string)(await app.PostAsync("campaigns/triggers/get", new JsonObject { ["id"] = 96 })).Json["data"]!["call_url"]!).Split('/')[^2];
        IReadOnlyList<string> fields = [Examples.Json("link").ToJsonString(), Examples.Xml("link")];
        foreach (var url in new[] { link + "/a@example.com", link + "/" + EmailHash.Md5("a@example.com"), link + "/nobody%20%E2%80%AE@example.com", link + "/x", $"/trg/{new string('a', 48)}/a@example.com", "/trg/x/y" })
        {
            targets.Add(new FuzzTarget("GET", url, fields));
            targets.Add(new FuzzTarget("POST", url, fields));
        }
        IReadOnlyList<string> simulated = ["""{"matching":"email","email":"a@example.com","content":{"email_title":"x"},"events":[{"event":"opened","after":{"hours":1},"document":{"a":1}}],"verdicts":{"hello":"sent"},"answers":{"hello":{"status":200}}}""", """{"node":"start","start":"2026-01-01T00:00:00Z","data":{"email":"a@example.com","age":7}}"""];
        foreach (var id in new[] { "12", "12", "13", "x" }) targets.Add(new FuzzTarget("POST", $"/api/v2/workflows/{id}/simulate", simulated));
        return targets;
    }

    /// <summary>Bytes that are still held when all garbage is gone, that of pools too, and the deliveries that were under way have come to their end: the least of
    /// several looks, until it falls no more.</summary>
    private static long Held()
    {
        var least = long.MaxValue;
        for (var same = 0; same < 5;)
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
            var held = GC.GetTotalMemory(forceFullCollection: true);
            same = held < least - (256 << 10) ? 0 : same + 1;
            least = Math.Min(least, held);
        }
        return least;
    }

    private static Task SendAsync(CarillonApp app, FuzzBodies bodies, int first, int count, ConcurrentDictionary<int, int> codes)
    {
        var next = first - 1;
        return Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            using var connection = new FuzzConnection(app.Http.BaseAddress!);
            for (int number; (number = Interlocked.Increment(ref next)) < first + count;)
            {
                var code = await CodeAsync(connection, bodies.Make(number), number);
                codes.AddOrUpdate(code, 1, (_, seen) => seen + 1);
            }
        })));
    }

    private static async Task<int> CodeAsync(FuzzConnection connection, FuzzRequest request, int number)
    {
        var answer = "(none)";
        try
        {
            (var status, answer) = await connection.AskAsync(request);
            var code = status;
            if (request.Url.StartsWith("/api/v2/", StringComparison.Ordinal)) _ = JsonNode.Parse(answer);
            else if (!request.Url.StartsWith("/api/integrations/", StringComparison.Ordinal))
            {
                // Read as a whole, so it is known to be well-formed.
                code = answer.StartsWith('<') ? (int)XElement.Parse(answer).Element("error")! : (int)JsonNode.Parse(answer)!["error"]!;
                status.ShouldBe(200);
            }
            code.ShouldNotBe(500);
            return code;
        }
        catch (Exception fault)
        {
            throw new InvalidOperationException($"""
                Body {number} (send it alone with CARILLON_FUZZ_NUMBER={number}): {request.Verb} {request.Url}, {request.ContentType}, Request-ID {request.RequestId ?? "none"}
                {fault.Message}
                answer: {answer}
                body: {Convert.ToBase64String(request.Body)}
                {Encoding.UTF8.GetString(request.Body)}
                """, fault);
        }
    }

    [GeneratedRegex(@"port: \d+", RegexOptions.NonBacktracking)]
    private static partial Regex Port();
}

/// <summary>Runs while no other test does: the memory of the process is looked at.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
