using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Profiles;
using Carillon.Queue;
using Carillon.Storage;
using Carillon.Triggers;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>Asks a workflow to take a profile.</summary>
public sealed record StartOrder
{
    public required Workflow Workflow { get; init; }
    public required Profile Profile { get; init; }
    public required Entry Entry { get; init; }
    /// <summary>Of the graph that the entry stands in.</summary>
    public required string Version { get; init; }
    /// <summary>Written down only when the workflow takes the profile.</summary>
    public Launch? Launch { get; init; }
    /// <summary>A launch that is there already, whose content goes on to this run.</summary>
    public string ContentId { get; init; } = "";
    public SubscriptionFilter? Filter { get; init; }
    /// <summary>When the run goes on from the way in; null: at once. Milliseconds since 1970.</summary>
    public long? At { get; init; }
    /// <summary>How many steps led here without time passing: workflows that start each other in circles come to an end.</summary>
    public int Hurried { get; init; }
    /// <summary>Why, for a person.</summary>
    public required string Why { get; init; }
}

/// <summary>
/// The starts of one transaction. Whether a workflow takes a profile is decided here, under the lock on the profile that the caller
/// holds: of two starts at the same moment the second sees the first.
/// </summary>
public sealed class Starts(Ids ids, long now)
{
    private readonly Dictionary<(string Profile, int Workflow), List<Slot>> _inside = [];
    private readonly HashSet<(string Profile, int Workflow)> _ever = [];
    private readonly List<Slot> _slots = [];
    private readonly List<Launch> _launches = [];
    private readonly List<StepRecord> _steps = [];
    private readonly List<Event> _events = [];

    /// <summary>Loads who is inside, as far as the re-entry modes ask. The profiles must be held.</summary>
    public async Task LoadAsync(Session session, IEnumerable<(Workflow Workflow, Profile Profile)> wanted, CancellationToken cancel)
    {
        var pairs = wanted.Distinct().ToList();
        List<(short, string, int)> inside = [.. pairs.Where(pair => pair.Workflow.Reentry is "not_while_inside" or "restart").Select(Place)];
        List<(short, string, int)> ever = [.. pairs.Where(pair => pair.Workflow.Reentry == "never").Select(Place)];
        foreach (var run in await RunStore.LoadInsideAsync(session, inside, cancel)) Take(new Slot(run, isNew: false));
        _ever.UnionWith(await RunStore.LoadEverAsync(session, ever, cancel));
    }

    /// <summary>Whether the workflow takes the profile.</summary>
    public bool Start(StartOrder order)
    {
        var key = (order.Profile.Id, order.Workflow.Id);
        var inside = _inside.GetValueOrDefault(key)?.Find(slot => slot.Run.State == RunState.Inside);
        if (order.Hurried >= Walk.MostHurriedSteps) return Ignore(order, "workflows start each other in a circle without a wait");
        return order.Workflow.Reentry switch
        {
            "never" when _ever.Contains(key) => Ignore(order, "it has been inside before, and the workflow takes a profile once"),
            "not_while_inside" when inside is not null => Ignore(order, $"it is inside already (run {inside.Run.Id})"),
            "restart" when inside is not null => Restart(order, inside),
            _ => Begin(order),
        };
    }

    public async Task WriteAsync(Session session, EventStore events, CancellationToken cancel)
    {
        await LaunchStore.InsertAsync(session, _launches, cancel);
        await RunStore.InsertAsync(session, [.. _slots.Where(slot => slot.IsNew).Select(slot => slot.Run)], cancel);
        await RunStore.UpdateAsync(session, [.. _slots.Where(slot => slot is { IsNew: false, Dirty: true }).Select(slot => slot.Run)], cancel);
        await RunStore.InsertStepsAsync(session, _steps, cancel);
        await events.AppendAsync(session, _events, cancel);
    }

    private bool Begin(StartOrder order)
    {
        var content = ContentOf(order);
        var run = new Run
        {
            Shard = order.Profile.Shard, Id = ids.New(order.Profile.Shard), WorkflowId = order.Workflow.Id, ProfileId = order.Profile.Id, DatabaseId = order.Profile.DatabaseId,
            LaunchId = content, ContentId = content, Node = order.Entry.Id, RunAt = order.At ?? now, Hurried = order.Hurried, Reason = order.Why, Created = now, Updated = now,
            Memory = new RunMemory { Filter = order.Filter },
        };
        Take(new Slot(run, isNew: true));
        _ever.Add((run.ProfileId, run.WorkflowId));
        _events.Add(EventOf(EventKinds.WorkflowStart, order, content, run.Id, order.Why));
        return true;
    }

    /// <summary>The profile jumps back to the start, with the new content.</summary>
    private bool Restart(StartOrder order, Slot inside)
    {
        var content = ContentOf(order);
        var why = $"begun again: {order.Why}";
        var run = inside.Run;
        _steps.Add(new StepRecord(run.Shard, run.Id, run.Steps + 1, run.Node, "restart", now, order.Version, "", why, ""));
        inside.Run = run with
        {
            LaunchId = content, ContentId = content, Node = order.Entry.Id, RunAt = order.At ?? now, WaitsFor = "", Steps = run.Steps + 1, Hurried = order.Hurried,
            Reason = why, Updated = now, Memory = new RunMemory { Filter = order.Filter },
        };
        inside.Dirty = true;
        _events.Add(EventOf(EventKinds.WorkflowStart, order, content, run.Id, why));
        return true;
    }

    private bool Ignore(StartOrder order, string why)
    {
        _events.Add(EventOf(EventKinds.WorkflowIgnored, order, "", "", why));
        return false;
    }

    private string ContentOf(StartOrder order)
    {
        if (order.Launch is not { } launch) return order.ContentId;
        _launches.Add(launch);
        return launch.Id;
    }

    private void Take(Slot slot)
    {
        _slots.Add(slot);
        var key = (slot.Run.ProfileId, slot.Run.WorkflowId);
        if (_inside.TryGetValue(key, out var slots)) slots.Add(slot);
        else _inside[key] = [slot];
    }

    private Event EventOf(string kind, StartOrder order, string launchId, string runId, string why) => new()
    {
        ProfileId = order.Profile.Id, DatabaseId = order.Profile.DatabaseId, Kind = kind, Time = now, LaunchId = launchId,
        Document = RunJson.Write(new JsonObject
        {
            ["workflow_id"] = order.Workflow.Id, ["workflow"] = order.Workflow.Name, ["run_id"] = runId, ["reason"] = why, ["hurried"] = order.Hurried,
        }),
    };

    private static (short, string, int) Place((Workflow Workflow, Profile Profile) pair) => (pair.Profile.Shard, pair.Profile.Id, pair.Workflow.Id);

    private sealed class Slot(Run run, bool isNew)
    {
        public Run Run { get; set; } = run;
        public bool IsNew { get; } = isNew;
        public bool Dirty { get; set; }
    }
}
