using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Workflows.Steps;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>A workflow's nodes, read once for as long as the workspace holds it. Immutable, for many threads.</summary>
public sealed class Graph
{
    public const int MaxNodes = 500;

    private static readonly ConditionalWeakTable<Workflow, Graph> Known = [];

    /// <param name="check">Also what the nodes refer to; a graph that is run was checked when it was saved.</param>
    private Graph(Workflow workflow, WorkspaceModel workspace, bool check)
    {
        Version = XxHash64.Of(workflow.Nodes).ToString("x16", CultureInfo.InvariantCulture)[..8];
        var faults = new List<GraphFault>();
        var steps = new Dictionary<string, Step>(StringComparer.Ordinal);
        var nodes = (JsonArray)JsonNode.Parse(workflow.Nodes)!;
        if (nodes.Count is 0 or > MaxNodes) faults.Add(new GraphFault("nodes", $"a workflow has 1 to {MaxNodes} nodes, this one {nodes.Count}"));
        List<NodeReader> readers = [.. nodes.Select((node, index) => new NodeReader((JsonObject)node!, index, workflow, workspace.Databases.GetValueOrDefault(workflow.Database), check ? workspace : null, faults))];
        foreach (var reader in readers)
        {
            if (StepTypes.Read(reader) is not { } step) continue;
            reader.Finish();
            if (!steps.TryAdd(step.Id, step)) reader.Fail("id", "stands already in this workflow");
        }
        Steps = steps;
        Entries = [.. steps.Values.OfType<Entry>()];
        CheckEntries(readers, faults);
        foreach (var reader in readers)
        {
            foreach (var (key, to) in reader.Targets.Where(target => !readers.Exists(other => other.Id == target.To)))
                faults.Add(new GraphFault(key, $"node {reader.Id}: \"{ShortText.Cut(to)}\" is not a node of this workflow"));
        }
        Faults = faults;
    }

    public IReadOnlyDictionary<string, Step> Steps { get; }
    public IReadOnlyList<Entry> Entries { get; }
    /// <summary>Where calls, people and other workflows come in; null when the graph has no such node.</summary>
    public StartStep? Start => (StartStep?)Entries.FirstOrDefault(entry => entry is StartStep);
    /// <summary>A checksum of the nodes.</summary>
    public string Version { get; }
    public IReadOnlyList<GraphFault> Faults { get; }

    /// <param name="workspace">The picture that the workflow is of.</param>
    public static Graph Of(Workflow workflow, WorkspaceModel workspace) =>
        Known.TryGetValue(workflow, out var known) ? known : Known.GetValue(workflow, one => new Graph(one, workspace, check: false));

    /// <summary>What is wrong with a workflow's nodes, also with what they refer to.</summary>
    public static IEnumerable<GraphFault> Check(Workflow workflow, WorkspaceModel workspace) => new Graph(workflow, workspace, check: true).Faults;

    private void CheckEntries(List<NodeReader> readers, List<GraphFault> faults)
    {
        if (Entries.Count == 0) faults.Add(new GraphFault("nodes", "a workflow begins with a node of type start, or one that starts by an event: on_import, on_subscription, on_event, on_field, on_date"));
        var starts = readers.Where(reader => reader.Type == "start").ToList();
        if (starts.Count > 1) starts[1].Fail("type", "a workflow has one node of type start");
    }
}
