namespace Carillon.Tests.Harness;

/// <summary>Finds the files of the checkout that tests read.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Carillon.slnx"))) folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside a checkout");
        return folder.FullName;
    }
}
