namespace Carillon.Api.Docs;

/// <summary>Workflows.</summary>
public static class WorkflowMethods
{
    private const string Start = """
        id*              int      The workflow.
        custom_request   object   Instead of matching: a filter in MongoDB's form; everyone it finds is engaged, many of them in the background.
        """;

    public static readonly IReadOnlyList<MethodDoc> All =
    [
        new("workflows/activate", "Starts a workflow: from then on it takes profiles in and moves them.", """
            id*             int    The workflow's id.
            skip_profiles   bool   Lets go of everybody inside first.
            """, "workflow_activate"),
        new("workflows/deactivate", "Stops a workflow: profiles inside wait where they are.", "id*   int   The workflow's id.", "workflow_activate"),
        new("workflows/import_and_start", "Imports a profile and engages it in a workflow. One that the workflow does not take, because it is inside already, say, is imported all the same.", "workflow_id*   int   The workflow." + Methods.Import + Methods.Matching + Methods.Launch, "workflow_import_and_start"),
        new("workflows/import_and_start_batch", "Imports profiles and engages each in a workflow.", "workflow_id*   int   The workflow." + Methods.Items + Methods.Matching + Methods.Launch, "bulk_workflow"),
        new("workflows/import_and_start_batch_task", "The same as a task, which tasks/status tells of.", "workflow_id*   int   The workflow." + Methods.Items + Methods.Matching + Methods.Launch, "bulk_workflow_task"),
        new("workflows/list", "Lists workflows with their nodes.", Methods.Listing, "list"),
        new("workflows/start", "Engages a profile in a workflow, or everyone whom custom_request finds.", Start + Methods.Matching + Methods.Launch, "workflow_start"),
    ];
}
