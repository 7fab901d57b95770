using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Carillon.Tests.Harness;
using Carillon.Tests.Workflows;
using YamlDotNet.Serialization;

namespace Carillon.Tests.Api;

/// <summary>The dashboard and the alarms ask for metrics that are there.</summary>
public sealed partial class DashboardTests
{
    [Fact]
    public async Task Dashboard_and_alarms_use_the_names_of_the_metrics()
    {
        var there = await MetricsAsync();
        var dashboard = JsonNode.Parse(Repository.Read("docs/grafana/carillon.json"))!;
        var shown = dashboard["panels"]!.AsArray().SelectMany(panel => panel!["targets"]!.AsArray()).Select(target => (string)target!["expr"]!).ToList();
        var alarms = Alarms().ToList();

        shown.ShouldNotBeEmpty();
        alarms.ShouldContain(alarm => alarm.Contains("carillon_queue_oldest_ready_seconds"));
        foreach (var expression in shown.Concat(alarms))
            foreach (Match name in Name().Matches(expression)) there.ShouldContain(name.Value, expression);
        there.Select(Family).Distinct().ShouldBeSubsetOf(shown.SelectMany(expression => Name().Matches(expression)).Select(match => Family(match.Value)), "every metric is on the dashboard");
    }

    /// <summary>The names of all series, after a launch that was delivered and left a field out, and a run that made steps.</summary>
    private static async Task<List<string>> MetricsAsync()
    {
        await using var app = await CarillonApp.StartAsync();
        var answer = await app.ImportAndStartAsync(96, "a@example.com", """{"data":{"email":"a@example.com","shoe_size":43,"subscriptions":[{"email":"a@example.com","resource_id":21}]}}""");
        answer.Error.ShouldBe(0, answer.Text);
        await app.VerdictsAsync(1);
        await app.WorkflowAsync("""
            - {id: start, type: start, next: pause}
            - {id: pause, type: wait, days: 1, next: done}
            - {id: done, type: exit}
            """);
        var run = await app.EngageAsync("b@example.com");
        await app.RunAtAsync(run.ProfileId, "pause");
        // By the second turn the steps of the first are counted.
        app.Advance(TimeSpan.FromDays(1));
        await app.EndedAsync(run.ProfileId);
        return [.. Series().Matches(await app.Http.GetStringAsync("/metrics")).Select(match => match.Value).Distinct()];
    }

    private static IEnumerable<string> Alarms()
    {
        var file = new DeserializerBuilder().Build().Deserialize<Dictionary<string, List<Dictionary<string, object>>>>(Repository.Read("docs/prometheus/alarms.yml"));
        return file["groups"].SelectMany(group => (List<object>)group["rules"]).Select(rule => (string)((Dictionary<object, object>)rule)["expr"]);
    }

    private static string Family(string name) => Suffix().Replace(name, "");

    [GeneratedRegex("carillon_[a-z_]+", RegexOptions.NonBacktracking)]
    private static partial Regex Name();

    [GeneratedRegex("(?m)^carillon_[a-z_]+", RegexOptions.NonBacktracking)]
    private static partial Regex Series();

    [GeneratedRegex("_(bucket|count|sum)$", RegexOptions.NonBacktracking)]
    private static partial Regex Suffix();
}
