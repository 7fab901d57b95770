namespace Carillon.Workspace;

/// <summary>Reads <c>workflows</c>: the graph is checked for its shape and kept as JSON.</summary>
public static class ReadWorkflows
{
    private static readonly string[] Reentries = ["never", "not_while_inside", "restart", "each"];

    public static Workflow Workflow(MapReader map) => new()
    {
        Id = map.Int("id", 1, int.MaxValue),
        Name = map.Text("name"),
        Database = map.Int("database", 1, int.MaxValue),
        Active = map.Bool("active", false),
        Reentry = map.Word("reentry", "kind of reentry", Reentries, "not_while_inside"),
        Nodes = Nodes(map),
    };

    private static string Nodes(MapReader map)
    {
        var nodes = map.Maps("nodes");
        if (!map.Has("nodes")) map.Fail("nodes", "is required");
        HashSet<string> ids = new(StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            var id = node.Text("id", 64);
            node.Text("type", 64);
            if (id.Length > 0 && !ids.Add(id)) node.Fail("id", $"the node {id} stands already in this workflow");
        }
        foreach (var node in nodes)
        {
            if (node.OptionalText("next", 64) is { } next && !ids.Contains(next)) node.Fail("next", $"node {node.OptionalText("id", 64)}: {MapReader.Shown(node.Map.Find("next")!)} is not a node of this workflow");
        }
        return YamlJson.Of(nodes.Select(node => node.Map));
    }
}
