using System.Globalization;
using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Storage;

namespace Carillon.Workflows;

/// <summary>Takes a run from node to node until it waits or ends.</summary>
/// <remarks>
/// <code>
///   the node is there? -- too many steps without a wait? -- run the step -- write down what it decided -- on, stay or end
/// </code>
/// </remarks>
public static class Walk
{
    /// <summary>A run that makes more steps than this without waiting for time to pass is in a loop that would never end.</summary>
    public const int MostHurriedSteps = 200;

    public static void Run(Turn turn)
    {
        turn.Needs = [];
        while (true)
        {
            // 1. Is the node still there?
            if (!turn.Graph.Steps.TryGetValue(turn.Run.Node, out var step))
            {
                Finish(turn, "removed", RunState.Removed, $"the node {turn.Run.Node} was removed from the workflow");
                return;
            }
            if (turn.Run.Memory.Kept is { } kept && (string?)kept["type"] != step.Type) Forget(turn);

            // 2. Does it run in circles?
            if (turn.Run.Hurried >= MostHurriedSteps)
            {
                Finish(turn, step.Type, RunState.Failed, $"{MostHurriedSteps} steps without waiting: the graph has a loop without a wait");
                return;
            }

            // 3. Run the step, and go where it says.
            switch (step.Run(turn))
            {
                case Go go when step.Exits.TryGetValue(go.Branch, out var to) || step.Exits.TryGetValue("next", out to):
                    Write(turn, step.Type, go.Branch, go.Why);
                    Forget(turn);
                    turn.Run = turn.Run with { Node = to, RunAt = turn.Now, Hurried = go.Waited ? 0 : turn.Run.Hurried + 1 };
                    break;
                case Go go:
                    Finish(turn, step.Type, RunState.Finished, $"{go.Why}; nothing follows");
                    return;
                case Stay stay:
                    Write(turn, step.Type, "", stay.Why);
                    Wait(turn, step, stay);
                    return;
                case Park park:
                    turn.Run = turn.Run with { RunAt = RunStore.Parked + turn.Now, WaitsFor = "", Reason = park.Why, Updated = turn.Now };
                    return;
                case Need need:
                    turn.Needs = need.Contacts;
                    return;
                case End end:
                    Finish(turn, step.Type, end.State, end.Why);
                    return;
            }
        }
    }

    /// <summary>Ends the run, for a reason of the graph or of ours.</summary>
    public static void Finish(Turn turn, string type, RunState state, string why)
    {
        Write(turn, type, "", why);
        turn.Run = turn.Run with { State = state, Reason = why, WaitsFor = "", Memory = RunMemory.Empty };
        turn.Events.Add(EndOf(turn.Run, turn.Workflow.Name, turn.Now));
    }

    /// <summary>The event that tells the end of a run.</summary>
    public static Event EndOf(Run run, string workflow, long now) => new()
    {
        ProfileId = run.ProfileId, DatabaseId = run.DatabaseId, Kind = EventKinds.WorkflowEnd, Time = now, LaunchId = run.LaunchId,
        Document = RunJson.Write(new JsonObject
        {
            ["workflow_id"] = run.WorkflowId, ["workflow"] = workflow, ["run_id"] = run.Id, ["state"] = run.State.Word(), ["node"] = run.Node, ["reason"] = run.Reason, ["hurried"] = run.Hurried,
        }),
    };

    private static void Wait(Turn turn, Step step, Stay stay)
    {
        var kept = stay.Keep ?? [];
        kept["type"] = step.Type;
        kept["since"] = turn.Since;
        turn.Run = turn.Run with
        {
            RunAt = Math.Max(stay.Until, turn.Now), WaitsFor = stay.WaitsFor, Reason = stay.Why, Updated = turn.Now,
            Memory = turn.Run.Memory with { Kept = kept, Event = null },
        };
    }

    private static void Forget(Turn turn) => turn.Run = turn.Run with { WaitsFor = "", Memory = turn.Run.Memory with { Kept = null, Event = null } };

    private static void Write(Turn turn, string type, string branch, string decision)
    {
        var run = turn.Run = turn.Run with { Steps = turn.Run.Steps + 1, Updated = turn.Now };
        turn.Records.Add(new StepRecord(run.Shard, run.Id, run.Steps, run.Node, type, turn.Now, turn.Graph.Version, branch, ShortText.Cut(decision, 500), turn.SentId));
        turn.SentId = "";
    }

    /// <summary>A moment in a sentence.</summary>
    public static string At(long moment) => DateTimeOffset.FromUnixTimeMilliseconds(moment).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
