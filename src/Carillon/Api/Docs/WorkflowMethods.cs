namespace Carillon.Api.Docs;

/// <summary>Workflows.</summary>
public static class WorkflowMethods
{
    public static readonly IReadOnlyList<MethodDoc> All =
    [
        new("workflows/import_and_start", "Imports a profile and engages it in a workflow, both or neither.", "workflow_id*   int   The workflow." + Methods.Import + Methods.Matching + Methods.Launch, "workflow_import_and_start"),
        new("workflows/start", "Engages a profile in a workflow.", "id*   int   The workflow." + Methods.Matching + Methods.Launch, "workflow_start"),
    ];
}
