using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.Commands;
using Carillon.Triggers;
using Carillon.Wire;
using Carillon.Workspace;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Carillon.Bench.Children;

/// <summary>
/// Fills a store with profiles and, for each, a message that waits a month: with the endpoint's own code, but without HTTP, which would take
/// most of the time. <c>fill FROM TO WORKSPACE --data|--database WHERE</c>.
/// </summary>
internal static class Filler
{
    private const int Callers = 512;

    public static async Task FillAsync(Place place, long from, long to)
    {
        using var child = Child.Start("carillon-bench.dll", ["fill", from.ToString(CultureInfo.InvariantCulture), to.ToString(CultureInfo.InvariantCulture), place.Workspace, .. place.Arguments]);
        await child.HearAsync("filled");
    }

    public static async Task RunAsync(string[] arguments)
    {
        var (next, to) = (long.Parse(arguments[1], CultureInfo.InvariantCulture) - 1, long.Parse(arguments[2], CultureInfo.InvariantCulture));
        var settings = arguments[4] == "--data" ? new Settings { Data = arguments[5] } : new Settings { Database = arguments[5] };
        var database = await Stores.OpenAsync(settings, TimeProvider.System, CancellationToken.None);
        if (!await Apply.RunAsync(arguments[3], database, TextWriter.Null, CancellationToken.None)) throw new InvalidOperationException("The workspace does not apply");
        await using var app = Commands.Server.Build(settings with { Urls = "http://127.0.0.1:0" }, database, TimeProvider.System, logging => logging.ClearProviders());
        await app.Services.GetRequiredService<WorkspaceSource>().StartAsync(CancellationToken.None);
        var endpoint = app.Services.GetRequiredService<TriggerEndpoints>();

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number < to)
            {
                var body = (JsonObject)JsonNode.Parse(Samples.ImportAndStart(timeout: true).Body(number))!;
                var answer = await endpoint.ImportAndStart(new ApiCall("api", number.ToString(CultureInfo.InvariantCulture), body, CancellationToken.None));
                if (answer.Error is { } error) throw new InvalidOperationException(error.Text);
            }
        }, CancellationToken.None)));
        Console.WriteLine("filled");
    }
}
