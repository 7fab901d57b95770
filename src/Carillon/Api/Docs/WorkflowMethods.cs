namespace Carillon.Api.Docs;

/// <summary>Workflows.</summary>
public static class WorkflowMethods
{
    public static readonly IReadOnlyList<MethodDoc> All =
    [
        new("workflows/activate", "Starts a workflow: from then on it takes profiles in and moves them.", """
            id*             int    The workflow's id.
            skip_profiles   bool   Lets go of everybody inside first.
            """, "workflow_activate"),
        new("workflows/deactivate", "Stops a workflow: profiles inside wait where they are.", "id*   int   The workflow's id.", "workflow_activate"),
        new("workflows/import_and_start", "Imports a profile and engages it in a workflow. One that the workflow does not take, because it is inside already, say, is imported all the same.", "workflow_id*   int   The workflow." + Methods.Import + Methods.Matching + Methods.Launch, "workflow_import_and_start"),
        new("workflows/import_and_start_batch", "Imports profiles and engages each in a workflow.", "workflow_id*   int   The workflow." + Methods.Items + Methods.Matching + Methods.Launch, "bulk_workflow"),
        new("workflows/list", "Lists workflows with their nodes.", Methods.Listing, "list"),
        new("workflows/start", "Engages a profile in a workflow.", "id*   int   The workflow." + Methods.Matching + Methods.Launch, "workflow_start"),
    ];
}
