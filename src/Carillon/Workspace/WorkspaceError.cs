namespace Carillon.Workspace;

/// <summary>What is wrong with a workspace file, and where. Never holds the text of a token or a password.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Path">The key, such as <c>triggers[0].channel</c>; empty when the fault is the file's own.</param>
public sealed record WorkspaceError(int Line, int Column, string Path, string Message)
{
    public override string ToString() => Path.Length == 0
        ? $"line {Line}, column {Column}: {Message}"
        : $"line {Line}, column {Column}: {Path}: {Message}";
}

/// <summary>The errors of one file, up to a limit: a hostile file must not become gigabytes of complaints.</summary>
public sealed class WorkspaceErrors
{
    public const int Limit = 1000;

    private readonly List<WorkspaceError> _all = [];
    private WorkspaceError? _tooMany;

    /// <summary>In the order of the lines; past the limit the last one says that there are more.</summary>
    public IReadOnlyList<WorkspaceError> All
    {
        get
        {
            var inOrder = _all.OrderBy(error => error.Line).ThenBy(error => error.Column);
            return _tooMany is null ? [.. inOrder] : [.. inOrder, _tooMany];
        }
    }

    public void Add(YamlValue at, string path, string message) => Add(new WorkspaceError(at.Line, at.Column, path, message));

    public void Add(WorkspaceError error)
    {
        if (_all.Count < Limit) _all.Add(error);
        else _tooMany ??= error with { Path = "", Message = $"there are more errors; {Limit} are shown" };
    }
}
