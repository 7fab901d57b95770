using System.Globalization;

namespace Carillon.Tests.Harness;

/// <summary>How long or how much, asked for by the environment.</summary>
internal static class Asked
{
    public static int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : null;

    /// <summary><c>CARILLON_KILL_ROUNDS</c>: how often a server is killed.</summary>
    public static int Rounds(int usual) => Number("CARILLON_KILL_ROUNDS") ?? usual;
}
