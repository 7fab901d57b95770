using Carillon.Storage;

namespace Carillon.Workspace;

/// <summary>Writes the objects of a file that differ from what is stored, and puts the changes into words.</summary>
public sealed class WorkspaceChanges(Session session, Stamp stamp)
{
    private readonly List<string> _words = [];

    public IReadOnlyList<string> Words => _words;
    public int Unchanged { get; private set; }

    public void Add(IReadOnlyList<string> words, int unchanged)
    {
        _words.AddRange(words);
        Unchanged += unchanged;
    }

    public async Task SaveAsync<T>(WorkspaceTable<T> table, IReadOnlyDictionary<int, T> before, IReadOnlyDictionary<int, T> after,
        IReadOnlyList<Written<T>> written, CancellationToken cancel) where T : class
    {
        foreach (var item in written.Select(item => after[table.Id(item.Value)]))
        {
            var doc = WorkspaceJson.Write(item);
            if (Describe(table, before.GetValueOrDefault(table.Id(item)), item, doc) is not { } words)
            {
                Unchanged++;
                continue;
            }
            await table.SaveAsync(session, item, doc, stamp, cancel);
            _words.Add(words);
        }
    }

    private static string? Describe<T>(WorkspaceTable<T> table, T? old, T item, string doc) where T : class
    {
        if (old is null) return $"created {table.Title(item)}";
        var differences = WorkspaceJson.Differences(WorkspaceJson.Write(old), doc);
        return differences.Count == 0 ? null : $"changed {table.Title(item)}: {string.Join(", ", differences)}";
    }
}
