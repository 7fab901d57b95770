using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Carillon.Tests.Harness;
using Carillon.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace Carillon.Tests.Workflows;

/// <summary>
/// Random graphs and random orders of starts, events and time, against a small model of what a run does, written for this test and without
/// a store. A seed makes the same case again.
/// </summary>
public sealed class ModelTests
{
    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, Asked.Number("CARILLON_MODEL_SEEDS") ?? 6)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_run_does_what_the_model_says(int seed)
    {
        var dice = new Random(seed);
        await using var app = await CarillonApp.StartAsync();
        var graph = RandomGraph(dice);
        string[] modes = ["never", "not_while_inside", "restart", "each"];
        var mode = modes[seed % modes.Length];
        await app.WorkflowAsync(Yaml(graph), $"reentry: {mode}");
        var profile = await app.ImportAsync("ann@example.com");
        var model = new Model(graph, mode, Shares(graph, profile));

        for (var turn = 0; turn < 12; turn++)
        {
            switch (dice.Next(4))
            {
                case 0:
                    await app.EngageAsync("ann@example.com", $$$"""{"content":{"turn":{{{turn}}}}}""");
                    model.Start();
                    break;
                case 1:
                    // An event that some nodes wait for: a mailing's verdict.
                    var sent = await app.LaunchByEmailAsync(96, "ann@example.com");
                    sent.Error.ShouldBe(0, sent.Text);
                    await app.VerdictsAsync(verdicts => verdicts.Any(verdict => verdict.Message.LaunchId == sent.Headers["Launch-ID"]));
                    model.Happen();
                    break;
                default:
                    var by = TimeSpan.FromMinutes(dice.Next(1, 200));
                    await model.AdvanceAsync((long)by.TotalMinutes, step => app.Advance(TimeSpan.FromMinutes(step)), () => app.SettledAsync(profile));
                    break;
            }
            await app.SettledAsync(profile);
            var runs = await app.RunsOfAsync(profile);
            var seen = new List<string>();
            foreach (var run in Enumerable.Reverse(runs)) seen.Add(((await app.GetAsync($"/api/v2/runs/{run["id"]}")).Path() + " " + run["state"]).Trim());
            seen.ShouldBe(model.Runs.ConvertAll(run => (string.Join(' ', run.Path) + " " + run.State).Trim()), $"seed {seed}, {mode}, turn {turn}:\n{Yaml(graph)}");
        }
    }

    /// <summary>start, then some nodes that lead anywhere, then exits. Loops are likely.</summary>
    private static List<Node> RandomGraph(Random dice)
    {
        var count = dice.Next(3, 9);
        string Any() => $"n{dice.Next(count)}";
        List<Node> graph = [new("start", "start", [("next", "n0")])];
        for (var i = 0; i < count; i++)
        {
            graph.Add(dice.Next(10) switch
            {
                < 3 => new($"n{i}", "wait", [("next", Any())], Minutes: dice.Next(1, 120)),
                < 5 => new($"n{i}", "split", [("A", Any()), ("B", Any())], Percent: dice.Next(0, 101)),
                < 8 => new($"n{i}", "wait_event", [("next", Any()), ("timeout", Any())], Minutes: dice.Next(1, 120)),
                _ => new($"n{i}", "exit", []),
            });
        }
        return graph;
    }

    private static string Yaml(List<Node> graph)
    {
        var text = new StringBuilder();
        foreach (var node in graph)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {{id: {node.Id}, type: {node.Type}");
            if (node.Type == "split") text.Append(CultureInfo.InvariantCulture, $", branches: [{{name: A, percent: {node.Percent}, next: {node.Exits[0].To}}}, {{name: B, percent: {100 - node.Percent}, next: {node.Exits[1].To}}}]");
            else foreach (var (name, to) in node.Exits) text.Append(CultureInfo.InvariantCulture, $", {name}: {to}");
            if (node.Type == "wait_event") text.Append(", event: sent, trigger: 96");
            if (node.Minutes > 0) text.Append(CultureInfo.InvariantCulture, $", minutes: {node.Minutes}");
            text.Append("}\n");
        }
        return text.ToString();
    }

    /// <summary>Which part of each split the profile falls into: the one thing that the model takes over, for it is a hash.</summary>
    private static Dictionary<string, string> Shares(List<Node> graph, string profile)
    {
        return graph.Where(node => node.Type == "split").ToDictionary(node => node.Id, node =>
            (int)(Carillon.Storage.XxHash64.Of($"{Runs.Workflow}\n{node.Id}\n{profile}") % 10_000) < node.Percent * 100 ? "A" : "B");
    }

    private sealed record Node(string Id, string Type, List<(string Name, string To)> Exits, int Minutes = 0, int Percent = 0);

    /// <summary>What a profile's runs do, by the minute.</summary>
    private sealed class Model(List<Node> graph, string mode, Dictionary<string, string> shares)
    {
        private const int MostHurried = 200;
        private readonly Dictionary<string, Node> _nodes = graph.ToDictionary(node => node.Id);
        private long _now;

        public List<ModelRun> Runs { get; } = [];

        public void Start()
        {
            var inside = Runs.Find(run => run.State == "inside");
            if (mode == "never" && Runs.Count > 0 || mode == "not_while_inside" && inside is not null) return;
            if (mode == "restart" && inside is not null)
            {
                inside.Path.Add(inside.At);
                inside.At = "start";
                inside.Hurried = 0;
                Walk(inside);
                return;
            }
            var run = new ModelRun { At = "start" };
            Runs.Add(run);
            Walk(run);
        }

        public void Happen()
        {
            foreach (var run in Runs.Where(run => run.State == "inside" && _nodes[run.At].Type == "wait_event").ToList()) Leave(run, "next", waited: _now > run.Since);
        }

        /// <summary>Minute by minute, so that what comes due first goes first; the clock of the server moves along.</summary>
        public async Task AdvanceAsync(long minutes, Action<double> clock, Func<Task> settled)
        {
            for (var left = minutes; left > 0;)
            {
                var due = Runs.Where(run => run.State == "inside").Select(run => run.Until - _now).DefaultIfEmpty(left).Min();
                var step = Math.Clamp(due, 1, left);
                _now += step;
                left -= step;
                clock(step);
                foreach (var run in Runs.Where(run => run.State == "inside" && run.Until <= _now).ToList()) Leave(run, _nodes[run.At].Type == "wait" ? "next" : "timeout", waited: true);
                await settled();
            }
        }

        private void Leave(ModelRun run, string branch, bool waited)
        {
            run.Path.Add($"{run.At}:{branch}");
            run.Hurried = waited ? 0 : run.Hurried + 1;
            run.At = _nodes[run.At].Exits.Find(exit => exit.Name == branch).To;
            Walk(run);
        }

        private void Walk(ModelRun run)
        {
            while (true)
            {
                var node = _nodes[run.At];
                if (run.Hurried >= MostHurried)
                {
                    run.Path.Add(run.At);
                    run.State = "failed";
                    return;
                }
                switch (node.Type)
                {
                    case "exit":
                        run.Path.Add(run.At);
                        run.State = "finished";
                        return;
                    case "wait" or "wait_event":
                        run.Path.Add(run.At);
                        (run.Since, run.Until) = (_now, _now + node.Minutes);
                        return;
                    default:
                        var branch = node.Type == "split" ? shares[node.Id] : "next";
                        run.Path.Add($"{run.At}:{branch}");
                        run.Hurried++;
                        run.At = node.Exits.Find(exit => exit.Name == branch).To;
                        break;
                }
            }
        }
    }

    private sealed class ModelRun
    {
        public string At { get; set; } = "";
        public string State { get; set; } = "inside";
        public List<string> Path { get; } = [];
        public int Hurried { get; set; }
        public long Since { get; set; }
        public long Until { get; set; }
    }
}
