using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Carillon.Api.Docs;
using Carillon.Tests.Harness;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Route = Carillon.Api.Route;

namespace Carillon.Tests.Api;

/// <summary>What the server tells about its methods is complete, and its examples are requests that succeed.</summary>
public sealed class DocsTests
{
    public static TheoryData<string, string> Documented()
    {
        var data = new TheoryData<string, string>();
        foreach (var doc in Methods.All)
        {
            data.Add(doc.Path, "json");
            data.Add(doc.Path, "xml");
        }
        return data;
    }

    [Fact]
    public async Task Every_method_is_described_and_nothing_else()
    {
        await using var app = await CarillonApp.StartAsync();
        var routes = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<Route>()).OfType<Route>().Where(route => !route.Flat).Select(route => route.Path);
        Methods.All.Select(doc => doc.Path).Order(StringComparer.Ordinal).ShouldBe(routes.Order(StringComparer.Ordinal),
            "Describe a method in Api/Docs/...Methods.cs, with a golden request (JSON and XML) that succeeds");
    }

    [Fact]
    public async Task OpenApi_and_postman_have_every_method()
    {
        await using var app = await CarillonApp.StartAsync();
        var paths = Methods.All.Select(doc => doc.Path).Order(StringComparer.Ordinal).ToList();

        var openApi = (await app.Http.GetFromJsonAsync<JsonObject>("/openapi.json"))!;
        ((string)openApi["openapi"]!).ShouldBe("3.1.0");
        ((JsonObject)openApi["paths"]!).Select(path => path.Key["/api/v1.1/".Length..]).Order(StringComparer.Ordinal).ShouldBe(paths);

        var postman = (await app.Http.GetFromJsonAsync<JsonObject>("/postman.json"))!;
        postman["item"]!.AsArray().SelectMany(folder => folder!["item"]!.AsArray()).Select(item => (string)item!["name"]!).Order(StringComparer.Ordinal).ShouldBe(paths);
        foreach (var item in postman["item"]!.AsArray().SelectMany(folder => folder!["item"]!.AsArray()))
            JsonNode.Parse((string)item!["request"]!["body"]!["raw"]!)!["token"].ShouldBeNull("the collection's own token goes in the header");
    }

    [Fact]
    public void A_parameter_stands_in_its_object_and_says_whether_it_is_required()
    {
        var document = OpenApi.Document(["templates/add"], "http://a", "1.0.0");
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
    public async Task The_example_succeeds(string path, string format)
    {
        await using var app = await CarillonApp.StartAsync();
        await app.ImportAsync("zaycev@example.com");
        var task = await GivenAsync(app, path);
        var doc = Methods.All.Single(doc => doc.Path == path);

        var example = format == "json" ? Examples.Json(doc.Example).ToJsonString() : Examples.Xml(doc.Example);
        var answer = await app.SendAsync(path, task is null ? example : example.Replace("6606e08f10bcdd88297057a7", task, StringComparison.Ordinal), $"application/{format}");

        answer.Text.ShouldContain(format == "json" ? "\"error\":0," : "<error>0</error>");
    }

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
