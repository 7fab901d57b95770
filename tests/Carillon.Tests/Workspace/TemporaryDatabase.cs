using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Tests.Workspace;

/// <summary>A real SQLite file in a directory of its own. A second opening of the same file stands for another process.</summary>
public sealed class TemporaryDatabase
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("carillon-workspace-");
    private readonly List<IAsyncDisposable> _kept = [];

    public async Task<Database> OpenAsync()
    {
        Database database = await SqliteDatabase.OpenAsync(Path.Combine(_directory.FullName, "carillon.db"), TimeProvider.System, CancellationToken.None);
        return Keep(database);
    }

    /// <summary>Disposes of it before the file is deleted, the last kept first.</summary>
    public T Keep<T>(T item) where T : IAsyncDisposable
    {
        _kept.Add(item);
        return item;
    }

    public async Task DeleteAsync()
    {
        foreach (var item in Enumerable.Reverse(_kept)) await item.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}

/// <summary>Short ways to say what the tests of this room say all the time.</summary>
internal static class Given
{
    public static (int, int, string)? AnyTemplate(string source, bool html) => null;

    public static WorkspaceFileResult Parsed(string yaml) => WorkspaceFile.Parse(yaml, AnyTemplate);

    public static WorkspaceFile File(string yaml)
    {
        var result = Parsed(yaml);
        result.Errors.ShouldBeEmpty();
        return result.File.ShouldNotBeNull();
    }

    public static Task<ApplyResult> ApplyAsync(this Database database, string yaml) =>
        new ApplyWorkspace(database, Carillon.Workflows.Graph.Check, TimeProvider.System).RunAsync(File(yaml), CancellationToken.None);

    public static Task<WorkspaceModel> ModelAsync(this Database database) =>
        database.ReadAsync(session => WorkspaceTables.LoadAsync(session, CancellationToken.None), CancellationToken.None);

    public static string Example => System.IO.File.ReadAllText(Path.Combine(Root, "tests/Carillon.Tests/Workspace/example.yaml"));

    public static string Root
    {
        get
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            while (!System.IO.File.Exists(Path.Combine(directory.FullName, "Carillon.slnx"))) directory = directory.Parent.ShouldNotBeNull();
            return directory.FullName;
        }
    }
}
