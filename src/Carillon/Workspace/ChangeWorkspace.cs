using System.Text.Json.Nodes;
using Carillon.Repeats;
using Carillon.Storage;

namespace Carillon.Workspace;

/// <summary>
/// Changes single objects for the API. A change is a workspace file of one object: the same reader, the same checks of what it
/// names and of what it would break, the same tables.
/// </summary>
/// <remarks>
/// <code>
///   hold the workspace --> load it --> decide --> check --> write --> (commit) --> this process sees it
/// </code>
/// The decision is made on what is stored, while nobody else may change it: two changes at the same moment follow one
/// another, and none is lost. Other processes see it within <see cref="WorkspaceSource.Period"/>.
/// </remarks>
public sealed class ChangeWorkspace(Database database, AnswerStore answers, WorkspaceSource source, CheckGraph checkGraph, TimeProvider time)
{
    /// <summary>Ids given by the API begin after this one, so that a person who writes the next object into the file does not meet them.</summary>
    public const int IdsBefore = 1_000_000;

    /// <param name="by">The name of the token.</param>
    /// <param name="decide">Gets the stored workspace and the id for a new object; may be called again when the database asks for it.</param>
    /// <param name="call">A call that makes an object, and so must not be carried out twice; its answer is kept with the object.</param>
    public async Task<ChangeOutcome> RunAsync(string by, Func<WorkspaceModel, int, WorkspaceChange> decide, Once? call = null)
    {
        // Not bound to the caller's patience: a change that was begun is told to this process too.
        var outcome = await database.WriteAsync(session => RunAsync(session, by, decide, call, CancellationToken.None), CancellationToken.None);
        // The change stands, also when it cannot be read just now: then this process sees it as late as the others do.
        if (outcome.Refusal is null) await source.TryRefreshAsync();
        return outcome;
    }

    private async Task<ChangeOutcome> RunAsync(Session session, string by, Func<WorkspaceModel, int, WorkspaceChange> decide, Once? call, CancellationToken cancel)
    {
        // 1. Let nobody else change anything between our reading and our writing.
        await WorkspaceTables.HoldAsync(session, cancel);
        var once = await answers.OpenAsync(session, [call], cancel);
        if (once.IsRepeat(call)) return new ChangeOutcome(0, null);
        var before = await WorkspaceTables.LoadAsync(session, cancel);
        var fresh = NextId(before, await WorkspaceTables.LastIdAsync(session, cancel));

        // 2. Decide, and look whether it fits. A workflow that does not work any more may be stopped.
        var change = decide(before, fresh);
        if (change.Refusal is not null) return new ChangeOutcome(0, change.Refusal);
        var after = Over(before, change);
        var file = WorkspaceFile.Empty with { Triggers = Only(change.Trigger), Templates = Only(change.Template), Workflows = change.Workflow is { Value.Active: true } active ? [active] : [] };
        if (References.Check(file, after, checkGraph, others: "") is [var misfit, ..]) return new ChangeOutcome(0, ChangeRefusal.Invalid(change.Given?.Tell(misfit) ?? misfit.Message));

        if (Broken(before, after) is { } broken) return new ChangeOutcome(0, ChangeRefusal.Invalid(broken));

        // 3. Write what differs.
        var stamp = new Stamp(time.GetUtcNow().ToUnixTimeMilliseconds(), by);
        var changed = await SaveAsync(session, WorkspaceTables.Triggers, before.Triggers, change.Trigger?.Value, stamp, cancel)
            | await SaveAsync(session, WorkspaceTables.Templates, before.Templates, change.Template?.Value, stamp, cancel)
            | await SaveAsync(session, WorkspaceTables.Workflows, before.Workflows, change.Workflow?.Value, stamp, cancel);
        if (change.DeleteTrigger is { } trigger) await WorkspaceTables.Triggers.DeleteAsync(session, trigger, cancel);
        if (change.DeleteTemplate is { } template) await WorkspaceTables.Templates.DeleteAsync(session, template, cancel);

        // 4. Tell the processes.
        var id = change.Trigger?.Value.Id ?? change.Template?.Value.Id ?? 0;
        if (id == fresh) await WorkspaceTables.SaveLastIdAsync(session, fresh, cancel);
        if (changed || change.DeleteTrigger is not null || change.DeleteTemplate is not null) await WorkspaceTables.SaveVersionAsync(session, before.Version + 1, cancel);
        once.Keep(call, null, ("data", SavedId(id)));
        await once.WriteAsync(session, cancel);
        return new ChangeOutcome(id, null);
    }

    /// <summary>A workflow that names what would be gone.</summary>
    private string? Broken(WorkspaceModel before, WorkspaceModel after)
    {
        foreach (var workflow in after.Workflows.Values)
        {
            var faults = checkGraph(workflow, after).ToList();
            if (faults.Count > checkGraph(workflow, before).Count()) return $"{WorkspaceTables.Workflows.Title(workflow)} would no longer work: {faults[^1].Message}";
        }
        return null;
    }

    /// <summary>What the API answers when an object was written.</summary>
    public static JsonObject SavedId(int id) => new() { ["saved_id"] = id };

    private static int NextId(WorkspaceModel model, int last) =>
        model.Triggers.Keys.Concat(model.Templates.Keys).Append(last).Append(IdsBefore).Max() + 1;

    private static WorkspaceModel Over(WorkspaceModel before, WorkspaceChange change) => before with
    {
        Triggers = Over(before.Triggers, change.Trigger?.Value, item => item.Id, change.DeleteTrigger),
        Templates = Over(before.Templates, change.Template?.Value, item => item.Id, change.DeleteTemplate),
        Workflows = Over(before.Workflows, change.Workflow?.Value, item => item.Id, delete: null),
    };

    private static IReadOnlyDictionary<int, T> Over<T>(IReadOnlyDictionary<int, T> before, T? item, Func<T, int> idOf, int? delete) where T : class
    {
        if (item is null && delete is null) return before;
        var all = before.ToDictionary();
        if (item is not null) all[idOf(item)] = item;
        if (delete is { } id) all.Remove(id);
        return all;
    }

    private static IReadOnlyList<Written<T>> Only<T>(Written<T>? item) => item is null ? [] : [item];

    private static async Task<bool> SaveAsync<T>(Session session, WorkspaceTable<T> table, IReadOnlyDictionary<int, T> before, T? item, Stamp stamp, CancellationToken cancel) where T : class
    {
        if (item is null) return false;
        var doc = WorkspaceJson.Write(item);
        if (before.TryGetValue(table.Id(item), out var old) && WorkspaceJson.Write(old) == doc) return false;
        await table.SaveAsync(session, item, doc, stamp, cancel);
        return true;
    }
}

/// <summary>One change of the workspace: an object to write or to delete, or why there is none.</summary>
public sealed record WorkspaceChange
{
    /// <summary>What the object was read from, to tell misfits by its parameters.</summary>
    public GivenObject? Given { get; init; }
    public Written<Trigger>? Trigger { get; init; }
    public Written<MessageTemplate>? Template { get; init; }
    public Written<Workflow>? Workflow { get; init; }
    public int? DeleteTrigger { get; init; }
    public int? DeleteTemplate { get; init; }
    public ChangeRefusal? Refusal { get; init; }

    public static WorkspaceChange Refuse(ChangeRefusal refusal) => new() { Refusal = refusal };

    /// <summary>Writes an object that was not given whole, but changed.</summary>
    public static WorkspaceChange Of(Trigger trigger) => new() { Trigger = new GivenObject().Read(_ => trigger) };

    public static WorkspaceChange Of(Workflow workflow) => new() { Workflow = new GivenObject().Read(_ => workflow) };
}

/// <summary>Why nothing was changed; the text is for the caller.</summary>
/// <param name="Missing">There is no such object; otherwise the call is at fault.</param>
public sealed record ChangeRefusal(bool Missing, string Text)
{
    public static ChangeRefusal Invalid(string text) => new(false, text);
    public static ChangeRefusal NotFound(string text) => new(true, text);
}

/// <summary>The id of the object that was written, or why nothing was.</summary>
public sealed record ChangeOutcome(int Id, ChangeRefusal? Refusal);
