using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Carillon.Api.Docs;
using Carillon.Tests.Harness;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Api;

/// <summary>What the server tells about its methods is complete, and its examples are requests that succeed.</summary>
public sealed partial class DocsTests
{
    /// <summary>URLs that are told elsewhere: ours in docs/operations.md and docs/workflows.md, pages by themselves.</summary>
    private static readonly string[] ToldElsewhere = ["/api/v2/", "/outbox/", "/docs", "/openapi.json", "/postman.json", "/healthz", "/readyz", "/metrics", "/api/{**path}"];

    public static TheoryData<string, string, string> Documented()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var doc in Methods.All)
        {
            data.Add(doc.Path, "POST", "json");
            data.Add(doc.Path, "POST", "xml");
            if (doc.Verbs.Contains("GET")) data.Add(doc.Path, "GET", "json");
        }
        return data;
    }

    [Fact]
    public async Task Every_method_is_described_and_nothing_else()
    {
        await using var app = await CarillonApp.StartAsync();
        Told(Methods.All.SelectMany(doc => doc.Verbs.Select(verb => (verb, doc.Url)))).ShouldBe(Told(Table(app)),
            "Describe a method in Api/Docs/...Methods.cs, with a golden request (JSON and XML) that succeeds");
    }

    [Fact]
    public async Task OpenApi_and_postman_have_every_method()
    {
        await using var app = await CarillonApp.StartAsync();
        var table = Told(Table(app));

        var openApi = (await app.Http.GetFromJsonAsync<JsonObject>("/openapi.json"))!;
        ((string)openApi["openapi"]!).ShouldBe("3.1.0");
        Told(((JsonObject)openApi["paths"]!).SelectMany(path => ((JsonObject)path.Value!).Select(verb => (verb.Key.ToUpperInvariant(), path.Key)))).ShouldBe(table);
        ((JsonObject)openApi["paths"]!).SelectMany(path => ((JsonObject)path.Value!).Select(verb => (string)verb.Value!["operationId"]!)).ShouldBeUnique();

        var postman = (await app.Http.GetFromJsonAsync<JsonObject>("/postman.json"))!;
        var requests = postman["item"]!.AsArray().SelectMany(folder => folder!["item"]!.AsArray()).Select(item => item!["request"]!).ToList();
        Told(requests.Select(request => ((string)request["method"]!, ((string)request["url"]!)["{{server}}".Length..].Replace(":link", "{link}", StringComparison.Ordinal).Replace(":who", "{who}", StringComparison.Ordinal)))).ShouldBe(table);
        foreach (var request in requests.Where(request => (string)request["method"]! == "POST"))
            JsonNode.Parse((string)request["body"]!["raw"]!)!["token"].ShouldBeNull("the collection's own token goes in the header");
    }

    [Fact]
    public void A_parameter_stands_in_its_object_and_says_whether_it_is_required()
    {
        var document = OpenApi.Document(["/api/v1.1/templates/add"], "http://a", "1.0.0");
        var schema = document["paths"]!["/api/v1.1/templates/add"]!["post"]!["requestBody"]!["content"]!["application/json"]!["schema"]!;
        schema["required"]!.ToJsonString().ShouldBe("""["name","channels"]""");
        schema["properties"]!["channels"]!["items"]!["properties"]!["fields"]!["properties"]!["subject"]!["type"]!.GetValue<string>().ShouldBe("string");
    }

    [Fact]
    public void No_parameter_is_told_twice_and_every_one_has_a_sentence()
    {
        foreach (var doc in Methods.All)
        {
            doc.Read().Select(parameter => parameter.Name).ShouldBeUnique(doc.Path);
            doc.Read().ShouldAllBe(parameter => parameter.Description.EndsWith('.'), doc.Path);
            doc.Summary.ShouldEndWith(".");
        }
    }

    [Theory]
    [MemberData(nameof(Documented))]
    public async Task The_example_succeeds(string path, string verb, string format)
    {
        await using var app = await CarillonApp.StartAsync();
        await app.ImportAsync("zaycev@example.com");
        var task = await GivenAsync(app, path);
        var doc = Methods.All.Single(doc => doc.Path == path);

        var example = format == "json" ? Examples.Json(doc.Example).ToJsonString() : Examples.Xml(doc.Example);
        var answer = await AskAsync(app, doc, verb, task is null ? example : example.Replace("6606e08f10bcdd88297057a7", task, StringComparison.Ordinal), format);

        answer.ShouldContain(doc.Flat ? "Successful operation" : format == "json" ? "\"error\":0," : "<error>0</error>");
        answer.Replace("\"errors\":[]", "", StringComparison.Ordinal).Replace("<errors/>", "", StringComparison.Ordinal).ShouldNotContain("errors", Case.Sensitive, "an item of many failed");
        if (path != "tasks/status" && TaskId().Match(answer) is { Success: true } later) (await app.TaskAsync(later.Groups["id"].Value)).Failed.ShouldBe(0);
    }

    private static async Task<string> AskAsync(CarillonApp app, MethodDoc doc, string verb, string example, string format)
    {
        var link = (string)(await app.PostAsync("campaigns/triggers/get", new JsonObject { ["id"] = 96 })).Json["data"]!["call_url"]!;
        using var request = new HttpRequestMessage(new HttpMethod(verb), doc.Url.Replace("{link}", link.Split('/')[^2], StringComparison.Ordinal).Replace("{who}", "zaycev@example.com", StringComparison.Ordinal));
        if (verb == "POST") request.Content = new StringContent(example, System.Text.Encoding.UTF8, $"application/{format}");
        using var answer = await app.Http.SendAsync(request);
        answer.IsSuccessStatusCode.ShouldBeTrue();
        return await answer.Content.ReadAsStringAsync();
    }

    private static IEnumerable<(string Verb, string Url)> Table(CarillonApp app) => app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.RoutePattern.RawText is { } url && url != "/" && !Array.Exists(ToldElsewhere, told => url.StartsWith(told, StringComparison.Ordinal)))
        .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(verb => (verb, endpoint.RoutePattern.RawText!)));

    private static List<string> Told(IEnumerable<(string Verb, string Url)> methods) => [.. methods.Select(method => $"{method.Verb} {method.Url}").Order(StringComparer.Ordinal)];

    [GeneratedRegex("task_id[>\":]+(?<id>[0-9a-f]{24})", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex TaskId();

    [Fact]
    public async Task The_page_loads_nothing_from_elsewhere()
    {
        await using var app = await CarillonApp.StartAsync();
        foreach (var url in new[] { "/docs", "/docs/docs.css", "/docs/docs.js" })
        {
            using var answer = await app.Http.GetAsync(url);
            answer.IsSuccessStatusCode.ShouldBeTrue(url);
            answer.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("default-src 'none'");
            (await answer.Content.ReadAsStringAsync()).ShouldNotContain("://");
        }
    }

    /// <summary>What an example needs to be there; the id of a task, where it asks for one.</summary>
    private static async Task<string?> GivenAsync(CarillonApp app, string path)
    {
        if (path == "tasks/status")
            return (string?)(await app.SendAsync("campaigns/triggers/start_batch_task", Examples.Json("bulk_start_task").ToJsonString(), "application/json")).Json["data"]!["task_id"];
        if (path.StartsWith("workflows/", StringComparison.Ordinal)) await app.ApplyAsync(Repository.Read("tests/Carillon.Tests/Workflows/series.yaml"));
        if (path == "templates/delete") await app.SendAsync("templates/add", Examples.Json("templates_add").ToJsonString(), "application/json");
        if (path != "campaigns/triggers/start") return null;
        // The documented request names a profile by an id of its own.
        var id = await app.ImportAsync("start@example.com");
        const string named = "abcdefghijklmnqrstuvwxyz";
        await app.Database.WriteAsync(async session =>
        {
            await session.ExecuteAsync("UPDATE profiles SET id = @named, shard = @shard WHERE id = @id", CancellationToken.None, ("named", named), ("shard", app.Database.ShardOfId(named)), ("id", id));
            await session.ExecuteAsync("UPDATE contacts SET profile_id = @named WHERE profile_id = @id", CancellationToken.None, ("named", named), ("id", id));
        }, CancellationToken.None);
        return null;
    }
}
