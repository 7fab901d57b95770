using Carillon.Tests.Harness;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Api;

public sealed class RouteTableTests
{
    private const string File = "tests/Carillon.Tests/Api/routes.txt";

    [Fact]
    public async Task Every_url_of_the_server_stands_in_routes_txt()
    {
        await using var app = await CarillonApp.StartAsync();
        var routes = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => Verbs(endpoint).Select(verb => $"{verb,-5} {endpoint.RoutePattern.RawText}"))
            .Order(StringComparer.Ordinal);

        string.Join('\n', routes).ShouldBe(Repository.Read(File).TrimEnd(),
            $"The routes have changed. If that is meant, write them to {File} and their story to docs/compat.md.");
    }

    private static IEnumerable<string> Verbs(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is { Count: > 0 } verbs ? verbs : ["(any)"];
}
