using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Carillon.History;
using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>Which events workflows look at; told of every event in the transaction that appends it (see <see cref="EventStore.Watch"/>).</summary>
public sealed class Watching(Database database, Ids ids, WorkspaceSource workspace, RunSignal signal)
{
    private static readonly ConditionalWeakTable<WorkspaceModel, HashSet<(int Database, string Kind, bool Quiet)>> Known = [];

    /// <summary>Leaves a row for what an active workflow starts from, or what a run of the profile may wait for.</summary>
    public async Task NoticeAsync(Session session, IReadOnlyList<Event> events, CancellationToken cancel)
    {
        // A server without workflows pays nothing.
        var model = workspace.Current;
        if (model.Workflows.Count == 0) return;
        var starting = Known.GetValue(model, StartingKinds);
        List<(Happening, bool)> happenings = [.. events.Select(happened => (Of(happened), starting.Contains((happened.DatabaseId, happened.Kind, happened.Quiet))))];
        if (await HappeningStore.InsertAsync(session, happenings, cancel) == 0) return;
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

    private static HashSet<(int, string, bool)> StartingKinds(WorkspaceModel model)
    {
        var entries = model.Workflows.Values.Where(workflow => workflow.Active).SelectMany(workflow => Graph.Of(workflow, model).Entries.Select(entry => (workflow.Database, Entry: entry))).ToList();
        return [.. entries.SelectMany(one => one.Entry.Kinds.Select(kind => (one.Database, kind, false))),
            .. entries.Where(one => one.Entry.EvenQuiet).SelectMany(one => one.Entry.Kinds.Select(kind => (one.Database, kind, true)))];
    }
}
