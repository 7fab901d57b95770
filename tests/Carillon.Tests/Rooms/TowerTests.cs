using System.Text.RegularExpressions;
using Carillon.Tests.Harness;

namespace Carillon.Tests.Rooms;

/// <summary>Who may call whom: a room calls only rooms below it. Loops of the product go through queued rows.</summary>
public sealed partial class TowerTests
{
    /// <summary>From the ground up. Rooms of one floor do not know each other.</summary>
    private static readonly string[][] Floors =
    [
        ["Storage"], ["Repeats"], ["Wire"], ["Queue"], ["History"], ["Workspace"], ["Query"], ["Profiles"], ["Templates"], ["Delivery"],
        ["Triggers"], ["Workflows"], ["Tracking", "Outbox"], ["Retention"], ["Api"], ["Commands"],
    ];

    public static TheoryData<string> Rooms() => [.. Floors.SelectMany(floor => floor)];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_calls_only_rooms_below_it(string room)
    {
        var floor = FloorOf(room);
        var above = Floors.Skip(floor).SelectMany(rooms => rooms).Where(other => other != room).ToList();
        foreach (var (file, text) in Sources(room))
        {
            foreach (var other in above) Mentions(text, other).ShouldBeFalse($"{file} ({room}) calls {other}, which stands above it or beside it");
        }
    }

    [Fact]
    public void Only_endpoint_files_know_the_wire()
    {
        foreach (var room in Floors.SelectMany(rooms => rooms).Except(["Wire", "Api"]))
        {
            foreach (var (file, text) in Sources(room).Where(source => !source.File.EndsWith("Endpoints.cs", StringComparison.Ordinal)))
                Mentions(text, "Wire").ShouldBeFalse($"{file} is no endpoint file, but reads or writes the wire");
        }
    }

    [Fact]
    public void Every_folder_of_the_product_is_a_room_of_the_tower()
    {
        var folders = Directory.GetDirectories(Path.Combine(Repository.Root, "src/Carillon")).Select(Path.GetFileName).Except(["bin", "obj", "Demo"])
            .Where(folder => Sources(folder!).Any());
        folders.ShouldBeSubsetOf(Floors.SelectMany(floor => floor));
    }

    [Fact]
    public void Program_stays_on_one_page() => Repository.Read("src/Carillon/Program.cs").Split('\n').Length.ShouldBeLessThan(80);

    private static int FloorOf(string room) => Array.FindIndex(Floors, floor => floor.Contains(room));

    private static IEnumerable<(string File, string Text)> Sources(string room)
    {
        var folder = Path.Combine(Repository.Root, "src/Carillon", room);
        if (!Directory.Exists(folder)) return [];
        return Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Select(file => (Path.GetFileName(file), Code(File.ReadAllText(file))));
    }

    /// <summary>Inside <c>namespace Carillon.X</c> the parent is in scope, so <c>Delivery.ISender</c> needs no using: both are looked for.
    /// A member that happens to have a room's name is no call: only the room's own types count.</summary>
    private static bool Mentions(string code, string room)
    {
        var types = string.Join('|', Sources(room).Select(source => Path.GetFileNameWithoutExtension(source.File)));
        return types.Length > 0 && Regex.IsMatch(code, $@"using Carillon\.{room}\b|Carillon\.{room}\.|(?<![\w.]){room}\.({types})\b", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));
    }

    private static string Code(string text) => Comments().Replace(text, "");

    [GeneratedRegex(@"//[^\n]*|""(\\.|[^""\\\n])*""", RegexOptions.NonBacktracking)]
    private static partial Regex Comments();
}
