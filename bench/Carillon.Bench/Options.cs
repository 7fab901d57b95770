using System.Globalization;

namespace Carillon.Bench;

/// <summary>What is measured, and how long.</summary>
internal sealed record Options
{
    public static readonly string[] Known = ["baseline", "import", "start", "deliver", "render", "memory"];

    public const string Help = """
        bench/run [all | baseline import start deliver render memory] [options]

          --connections 32,128        connections of the load generator, for baseline and import
          --seconds 10                how long each scenario is measured, after a warm-up
          --messages 50000            mails in the queue before delivery is measured
          --senders 8,16              connections of the SMTP sender, for deliver
          --profiles 1000,100000      stored profiles at which memory and match latency are measured; add 1000000 for the long form
          --data DIR                  where the servers keep their files (default: the system's folder for temporary files)
          --json FILE                 write the results there too
        """;

    public IReadOnlyList<string> Scenarios { get; init; } = Known;
    public IReadOnlyList<int> Connections { get; init; } = [32, 128];
    public int Seconds { get; init; } = 10;
    public int Messages { get; init; } = 50_000;
    public IReadOnlyList<int> Senders { get; init; } = [8, 16];
    public IReadOnlyList<int> Profiles { get; init; } = [1_000, 100_000];
    public string Data { get; init; } = Path.GetTempPath();
    public string? Json { get; init; }

    public bool Wants(string scenario) => Scenarios.Contains(scenario);

    public static (Options? Options, string Problem) Read(string[] args)
    {
        var options = new Options();
        List<string> named = [];
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal)) named.Add(args[i]);
            else if (i + 1 < args.Length && With(options, args[i], args[++i]) is { } read) options = read;
            else return (null, $"'{args[i]}' does not fit.\n\n{Help}");
        }
        if (named.FirstOrDefault(name => name != "all" && !Known.Contains(name)) is { } stray) return (null, $"There is no scenario '{stray}'.\n\n{Help}");
        return (named.Count == 0 || named.Contains("all") ? options : options with { Scenarios = named }, "");
    }

    private static Options? With(Options options, string name, string value) => (name, Numbers(value)) switch
    {
        ("--data", _) => options with { Data = value },
        ("--json", _) => options with { Json = value },
        ("--connections", { Count: > 0 } numbers) => options with { Connections = numbers },
        ("--senders", { Count: > 0 } numbers) => options with { Senders = numbers },
        ("--profiles", { Count: > 0 } numbers) => options with { Profiles = [.. numbers.Order()] },
        ("--seconds", { Count: 1 } numbers) => options with { Seconds = numbers[0] },
        ("--messages", { Count: 1 } numbers) => options with { Messages = numbers[0] },
        _ => null,
    };

    private static List<int> Numbers(string list)
    {
        List<int> numbers = [];
        foreach (var item in list.Split(','))
        {
            if (!int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1) return [];
            numbers.Add(number);
        }
        return numbers;
    }
}
