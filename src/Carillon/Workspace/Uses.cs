namespace Carillon.Workspace;

/// <summary>Who uses an object, so that nothing is deleted from under somebody. Workflows say it themselves (see <see cref="CheckGraph"/>).</summary>
public static class Uses
{
    /// <summary>The titles of the triggers that send a template.</summary>
    public static IEnumerable<string> OfTemplate(WorkspaceModel model, int id) =>
        model.Triggers.Values.Where(trigger => trigger.Template == id).OrderBy(trigger => trigger.Id).Select(WorkspaceTables.Triggers.Title);
}
