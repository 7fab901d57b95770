using Carillon.History;

namespace Carillon.Workflows.Steps;

/// <summary>The events that tell a change of a profile.</summary>
public static class ImportKinds
{
    public const string Api = EventKinds.ImportApi;

    public static readonly IReadOnlyList<string> All = [Api, "import_manual", "import_file", "import_form", "import_popup"];

    /// <summary>Imports, what a workflow changes, and what the profile itself changes by a message.</summary>
    public static readonly IReadOnlyList<string> Changes = [.. All, EventKinds.WorkflowUpdate, EventKinds.Unsubscribe, EventKinds.Complain];
}
