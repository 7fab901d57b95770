using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Storage;
using Carillon.Workflows.Steps;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>Which events workflows look at; told of every event in the transaction that appends it (see <see cref="EventStore.Watch"/>).</summary>
public sealed class Watching(Database database, Ids ids, WorkspaceSource workspace, RunSignal signal)
{
    private static readonly ConditionalWeakTable<WorkspaceModel, WatchedKinds> Known = [];

    /// <summary>Leaves a row for what an active workflow starts from, or what a run of the profile may wait for.</summary>
    public async Task NoticeAsync(Session session, IReadOnlyList<Event> events, CancellationToken cancel)
    {
        // What no workflow speaks of costs nothing.
        var watched = Known.GetValue(workspace.Current, model => new WatchedKinds(model));
        List<(Happening, bool)> happenings = [.. events.Where(watched.Concerns).Select(happened => (Of(happened), watched.Starts(happened)))];
        if (happenings.Count == 0 || await HappeningStore.InsertAsync(session, happenings, cancel) == 0) return;
        foreach (var shard in happenings.Select(happening => happening.Item1.Shard).Distinct()) session.OnCommitted(() => signal.Wake(shard));
    }

    private Happening Of(Event happened)
    {
        var shard = database.ShardOfId(happened.ProfileId);
        var document = (JsonObject)JsonNode.Parse(happened.Document)!;
        // What starts nothing may still be waited for.
        if (happened.Quiet) document["quiet"] = true;
        // By the time it is looked at, another import may have changed them again.
        if (happened.Fields is { } fields && Values(fields, document) is { } values) document["values"] = values;
        return new Happening
        {
            Shard = shard, Id = ids.New(shard), ProfileId = happened.ProfileId, DatabaseId = happened.DatabaseId, Kind = happened.Kind, Time = happened.Time,
            LaunchId = happened.LaunchId, MessageId = happened.MessageId, Document = document,
        };
    }

    /// <summary>Of the fields that changed; of a new profile, all; null where neither.</summary>
    private static JsonObject? Values(JsonObject fields, JsonObject document) => document["changed"] is JsonArray changed
        ? new JsonObject(changed.Select(name => (string)name!).Where(fields.ContainsKey).Select(name => KeyValuePair.Create(name, fields[name]?.DeepClone())))
        : (bool?)document["created"] == true ? (JsonObject)fields.DeepClone() : null;
}

/// <summary>The kinds of events that the workflows of a workspace speak of.</summary>
internal sealed class WatchedKinds
{
    private readonly HashSet<(int Database, string Kind, bool Quiet)> _starting = [];
    private readonly HashSet<(int Database, string Kind)> _awaited = [];

    public WatchedKinds(WorkspaceModel model)
    {
        foreach (var workflow in model.Workflows.Values)
        {
            var graph = Graph.Of(workflow, model);
            // A run may wait in a workflow that stands still, too: what it saw is kept.
            foreach (var wait in graph.Steps.Values.OfType<WaitEventStep>()) _awaited.UnionWith(wait.Kinds.Select(kind => (workflow.Database, kind)));
            if (!workflow.Active) continue;
            foreach (var entry in graph.Entries)
            {
                _starting.UnionWith(entry.Kinds.Select(kind => (workflow.Database, kind, false)));
                if (entry.EvenQuiet) _starting.UnionWith(entry.Kinds.Select(kind => (workflow.Database, kind, true)));
            }
        }
    }

    public bool Starts(Event happened) => _starting.Contains((happened.DatabaseId, happened.Kind, happened.Quiet));

    /// <summary>Something starts from it, or perhaps somebody waits for it: for a kind of event, or for the verdict on a message of a run.</summary>
    public bool Concerns(Event happened) => happened.RunId.Length > 0 || Starts(happened) || _awaited.Contains((happened.DatabaseId, happened.Kind));
}
