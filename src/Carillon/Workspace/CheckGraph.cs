namespace Carillon.Workspace;

/// <summary>Looks for what is wrong with a workflow's nodes. The room that runs workflows stands above this one and hands it down.</summary>
public delegate IEnumerable<GraphFault> CheckGraph(Workflow workflow, WorkspaceModel workspace);

/// <param name="Key">Where in the workflow: <c>nodes[2].template</c>.</param>
/// <param name="Message">A sentence that names the node.</param>
/// <param name="Named">The object that exists but does not fit; null when something is missing.</param>
public sealed record GraphFault(string Key, string Message, object? Named = null);
