using Carillon.Storage;

namespace Carillon.Workspace;

/// <summary>
/// Makes the installation what a workspace file says, in one transaction: all of it or, when something does not fit,
/// nothing. Applying the same file again changes nothing. Nothing is ever deleted: what the file does not mention stays.
/// </summary>
public sealed class ApplyWorkspace(Database database, CheckGraph checkGraph, TimeProvider time)
{
    public Task<ApplyResult> RunAsync(WorkspaceFile file, CancellationToken cancel) =>
        database.WriteAsync(session => RunAsync(session, file, cancel), cancel);

    private async Task<ApplyResult> RunAsync(Session session, WorkspaceFile file, CancellationToken cancel)
    {
        // 1. Let no other apply between our reading and our writing.
        await WorkspaceTables.HoldAsync(session, cancel);
        var before = await WorkspaceTables.LoadAsync(session, cancel);
        var after = Overlay.Of(before, file);
        var tokens = new TokenChanges(before, file);

        // 2. Look for everything that does not fit, before the first change.
        var errors = new WorkspaceErrors();
        foreach (var error in References.Check(file, after, checkGraph)) errors.Add(error);
        foreach (var error in await FieldChanges.CheckAsync(session, before, file, cancel)) errors.Add(error);
        foreach (var error in tokens.Errors) errors.Add(error);
        if (errors.All.Count > 0) return new ApplyResult { Errors = errors.All };

        // 3. Write what differs.
        var changes = new WorkspaceChanges(session, new Stamp(time.GetUtcNow().ToUnixTimeMilliseconds(), Stamp.File));
        await WorkspaceTables.SaveTokensAsync(session, tokens.ToWrite, time, cancel);
        changes.Add(tokens.Words, tokens.Unchanged);
        await changes.SaveAsync(WorkspaceTables.Databases, before.Databases, after.Databases, file.Databases, cancel);
        await changes.SaveAsync(WorkspaceTables.Senders, before.Senders, after.Senders, file.Senders, cancel);
        await changes.SaveAsync(WorkspaceTables.Resources, before.Resources, after.Resources, file.Resources, cancel);
        await changes.SaveAsync(WorkspaceTables.Templates, before.Templates, after.Templates, file.Templates, cancel);
        await changes.SaveAsync(WorkspaceTables.Triggers, before.Triggers, after.Triggers, file.Triggers, cancel);
        await changes.SaveAsync(WorkspaceTables.Workflows, before.Workflows, after.Workflows, file.Workflows, cancel);

        // 4. Tell the other processes.
        if (changes.Words.Count > 0) await WorkspaceTables.SaveVersionAsync(session, before.Version + 1, cancel);
        return new ApplyResult { Changes = changes.Words, Unchanged = changes.Unchanged, NewTokens = tokens.Made };
    }
}

/// <summary>What an apply did. With errors it did nothing.</summary>
public sealed record ApplyResult
{
    /// <summary>In the order of the file's lines.</summary>
    public IReadOnlyList<WorkspaceError> Errors { get; init; } = [];
    /// <summary>In words: <c>created trigger 96 "Welcome"</c>, <c>changed template 5 "Welcome": subject, html</c>. No values, so no secrets.</summary>
    public IReadOnlyList<string> Changes { get; init; } = [];
    /// <summary>How many objects and tokens of the file were already as it says.</summary>
    public int Unchanged { get; init; }
    /// <summary>The tokens that were made, to be shown now: nobody can read them again.</summary>
    public IReadOnlyList<NewToken> NewTokens { get; init; } = [];

    /// <summary>The changes and the count of what stayed, a line each.</summary>
    public IReadOnlyList<string> Lines => Unchanged == 0 ? Changes : [.. Changes, $"unchanged {Unchanged}"];
}

/// <summary>A token that was just made, with its secret.</summary>
public sealed record NewToken(string Name, string Secret)
{
    public override string ToString() => Name;
}
