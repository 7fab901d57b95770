using Carillon.Api;
using Carillon.Tests.Harness;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Route = Carillon.Api.Route;

namespace Carillon.Tests.Api;

public sealed class RouteTableTests
{
    /// <summary>The last words of the paths that only read.</summary>
    private static readonly string[] Reading =
    [
        "get", "list", "list_all", "fields_get", "get_all", "get_status", "get_counter", "get_counters", "history_get", "history_get_all", "status",
        "email_check", "domain_check", "phone_check", "log_v2", "completed", "bounces", "balance", "tiers", "transactions", "expiring_points",
    ];

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

    [Fact]
    public async Task Every_call_that_is_not_named_as_reading_says_how_it_is_kept_from_being_done_twice()
    {
        await using var app = await CarillonApp.StartAsync();
        var careless = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<Route>()).OfType<Route>()
            .Where(route => route.Repeat == Repeat.None && !Reading.Contains(route.Path[(route.Path.LastIndexOf('/') + 1)..])).Select(route => route.Path);

        careless.ShouldBeEmpty("Give the call Repeat.Inside or Repeat.Around in Api/Routes.cs; or, if it only reads, add its name to the list of this test");
    }

    private static IEnumerable<string> Verbs(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is { Count: > 0 } verbs ? verbs : ["(any)"];
}
