using System.Reflection;
using Carillon.Storage;

namespace Carillon.Commands;

/// <summary><c>carillon version</c>.</summary>
public static class Versions
{
    public static string Product => Assembly.GetExecutingAssembly().GetName().Version!.ToString(3);

    public static int Run()
    {
        Console.WriteLine($"carillon {Product}");
        Console.WriteLine($".NET {Environment.Version}");
        Console.WriteLine(SqliteLibrary.Choose());
        return 0;
    }
}
