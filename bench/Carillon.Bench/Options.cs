using System.Globalization;

namespace Carillon.Bench;

/// <summary>What is measured, and how long.</summary>
internal sealed record Options
{
    public const string Sqlite = "sqlite";
    public const string Postgres = "postgres";

    public static readonly string[] Known = ["baseline", "import", "costs", "batch", "known", "start", "deliver", "flow", "latency", "growth", "query", "workflows", "render", "limits", "node", "smtpclient", "soak"];

    /// <summary>Without the soak, which takes its own time.</summary>
    private static readonly string[] Usual = [.. Known.Where(scenario => scenario != "soak")];

    public const string Help = """
        bench/run [all | baseline import costs batch known start deliver flow latency growth query workflows render limits node smtpclient soak] [options]

          --stores sqlite,postgres    which stores (default: sqlite)
          --postgres                  both stores; PostgreSQL is a private cluster that the bench makes and removes
          --database CONNECTION       both stores; PostgreSQL is this server, where databases may be made
          --connections 32,128        connections of the load generator, for baseline, import and known
          --seconds 10                how long each scenario is measured, after a warm-up
          --messages 50000            mails in the queue before delivery is measured
          --senders 8,16              connections of the SMTP sender, for deliver
          --profiles 1000,100000      for growth and query: stored profiles, each with a message that waits; for workflows: runs that wait;
                                      add 1000000 or 10000000 for the long form
          --rate 500                  launches a second, for latency; for soak half of the measured rate when not given
          --minutes 10                for soak
          --data DIR                  where the servers keep their files (default: the system's folder for temporary files)
          --json FILE                 write the results there too
        """;

    public IReadOnlyList<string> Scenarios { get; init; } = Usual;
    public IReadOnlyList<string> Stores { get; init; } = [Sqlite];
    public string? Database { get; init; }
    public IReadOnlyList<int> Connections { get; init; } = [32, 128];
    public int Seconds { get; init; } = 10;
    public int Messages { get; init; } = 50_000;
    public IReadOnlyList<int> Senders { get; init; } = [8, 16];
    public IReadOnlyList<int> Profiles { get; init; } = [1_000, 100_000];
    public int Rate { get; init; }
    public double Minutes { get; init; } = 10;
    public string Data { get; init; } = Path.GetTempPath();
    public string? Json { get; init; }

    public bool Wants(string scenario) => Scenarios.Contains(scenario);

    public static (Options? Options, string Problem) Read(string[] args)
    {
        var options = new Options();
        List<string> named = [];
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--postgres") options = options with { Stores = [Sqlite, Postgres] };
            else if (!args[i].StartsWith("--", StringComparison.Ordinal)) named.Add(args[i]);
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
        ("--database", _) => options with { Database = value, Stores = options.Stores.Contains(Postgres) ? options.Stores : [Sqlite, Postgres] },
        ("--stores", _) when value.Split(',') is var stores && stores.All(store => store is Sqlite or Postgres) => options with { Stores = stores },
        ("--minutes", _) when double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes) && minutes > 0 => options with { Minutes = minutes },
        ("--connections", { Count: > 0 } numbers) => options with { Connections = numbers },
        ("--senders", { Count: > 0 } numbers) => options with { Senders = numbers },
        ("--profiles", { Count: > 0 } numbers) => options with { Profiles = [.. numbers.Order()] },
        ("--seconds", { Count: 1 } numbers) => options with { Seconds = numbers[0] },
        ("--messages", { Count: 1 } numbers) => options with { Messages = numbers[0] },
        ("--rate", { Count: 1 } numbers) => options with { Rate = numbers[0] },
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
