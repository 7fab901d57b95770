using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Storage;
using Carillon.Templates;
using Carillon.Workspace;

namespace Carillon.Workflows;

/// <summary>
/// Reads the settings of one node and writes down what is wrong with them, each with the place and the node's name. Reading goes on
/// with stand-ins, so that all faults are found. The keys that were asked for are the known ones.
/// </summary>
public sealed class NodeReader
{
    private const int MostText = 20_000;
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(3660);

    private readonly JsonObject _node;
    private readonly string _path;
    private readonly NodeReader? _parent;
    private readonly HashSet<string> _known = ["id", "type", "name"];
    private readonly Dictionary<string, string> _exits;
    private readonly List<(string Key, string To)> _targets;

    public NodeReader(JsonObject node, int index, Workflow workflow, ProfileDatabase? database, WorkspaceModel? workspace, List<GraphFault> faults)
    {
        (_node, _path, Workflow, Database, Workspace, Faults) = (node, $"nodes[{index}].", workflow, database, workspace, faults);
        (_exits, _targets) = (new(StringComparer.Ordinal), []);
        Id = Scalar(node["id"]) ?? "";
        Type = Scalar(node["type"]) ?? "";
    }

    private NodeReader(JsonObject node, string path, NodeReader parent)
    {
        (_node, _path, _parent, Workflow, Database, Workspace, Faults) = (node, path, parent, parent.Workflow, parent.Database, parent.Workspace, parent.Faults);
        (_exits, _targets, Id, Type) = (parent._exits, parent._targets, parent.Id, parent.Type);
        _known.Clear();
    }

    public string Id { get; }
    public string Type { get; }
    public Workflow Workflow { get; }
    /// <summary>The database of the workflow; null when there is none, which is told elsewhere.</summary>
    public ProfileDatabase? Database { get; }
    /// <summary>What the node may refer to; null when the graph is read to be run, and was checked before.</summary>
    public WorkspaceModel? Workspace { get; }
    public List<GraphFault> Faults { get; }
    public IReadOnlyDictionary<string, string> Exits => _exits;
    public IReadOnlyList<(string Key, string To)> Targets => _targets;

    /// <param name="named">The object of the workspace that does not fit.</param>
    public void Fail(string key, string message, object? named = null) => Faults.Add(new GraphFault(_path + key, $"node {Id}: {message}", named));

    public bool Has(string key) => Find(key) is not null;

    public string Text(string key, int longest = 255)
    {
        if (OptionalText(key, longest) is { } text) return text;
        if (Find(key) is null or JsonValue) Fail(key, "is required");
        return "";
    }

    /// <summary>Null when absent or empty.</summary>
    public string? OptionalText(string key, int longest = 255)
    {
        if (Find(key) is not { } value) return null;
        if (Scalar(value) is not { } text)
        {
            Fail(key, "must be text");
            return null;
        }
        if (text.Length > longest) Fail(key, $"has {text.Length} characters; at most {longest} are allowed");
        return text.Length == 0 ? null : text;
    }

    /// <summary>A text in the template language.</summary>
    public Template? OptionalTemplate(string key)
    {
        if (OptionalText(key, MostText) is not { } text) return null;
        var parse = Template.Parse(text, TemplateKind.Text);
        if (parse.Error is { } error) Fail(key, $"line {error.Line}, column {error.Column} of the template: {error.Message}");
        return parse.Template;
    }

    public int Int(string key, int least, int most, int? otherwise = null)
    {
        if (Find(key) is not { } value)
        {
            if (otherwise is null) Fail(key, "is required");
            return otherwise ?? least;
        }
        if (int.TryParse(Scalar(value), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        Fail(key, $"{Shown(value)} is not a whole number between {least} and {most}");
        return otherwise ?? least;
    }

    public bool Bool(string key, bool otherwise = false)
    {
        if (Find(key) is not { } value) return otherwise;
        if (value.GetValueKind() is JsonValueKind.True or JsonValueKind.False) return value.GetValue<bool>();
        Fail(key, $"{Shown(value)} is not true or false");
        return otherwise;
    }

    /// <summary>One of the words; <paramref name="otherwise"/> when the key is absent, and null makes it required.</summary>
    public string Word(string key, IReadOnlyList<string> words, string? otherwise = null)
    {
        if (Find(key) is not { } value)
        {
            if (otherwise is null) Fail(key, $"is required; known are {string.Join(", ", words)}");
            return otherwise ?? words[0];
        }
        if (Scalar(value) is { } word && words.Contains(word)) return word;
        Fail(key, $"{Shown(value)} is not known; known are {string.Join(", ", words)}");
        return otherwise ?? words[0];
    }

    /// <summary>The sum of <c>days</c>, <c>hours</c>, <c>minutes</c> and <c>seconds</c>; zero when none is there.</summary>
    public TimeSpan Duration(bool required)
    {
        var total = TimeSpan.FromDays(Int("days", 0, 3660, 0)) + TimeSpan.FromHours(Int("hours", 0, 87840, 0))
            + TimeSpan.FromMinutes(Int("minutes", 0, 5270400, 0)) + TimeSpan.FromSeconds(Int("seconds", 0, int.MaxValue, 0));
        if (required && total <= TimeSpan.Zero) Fail("days", "give days, hours, minutes or seconds, more than nothing");
        if (total > LongestWait) Fail("days", $"is longer than {LongestWait.TotalDays} days");
        return total;
    }

    /// <summary>A time on the clock, <c>HH:mm</c>. YAML reads 10:00 without quotes as text too.</summary>
    public TimeOnly? Time(string key)
    {
        if (Find(key) is not { } value) return null;
        if (TimeOnly.TryParseExact(Scalar(value), ["HH:mm", "HH:mm:ss", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)) return time;
        Fail(key, $"{Shown(value)} is not a time like 09:30");
        return null;
    }

    /// <summary>Leads to another node.</summary>
    public void Exit(string key, string? branch = null)
    {
        if (OptionalText(key, 64) is not { } to) return;
        _exits[branch ?? key] = to;
        (_parent ?? this)._targets.Add((_path + key, to));
    }

    public IReadOnlyList<NodeReader> Maps(string key)
    {
        switch (Find(key))
        {
            case null:
                return [];
            case JsonArray items when items.All(item => item is JsonObject):
                return [.. items.Select((item, index) => new NodeReader((JsonObject)item!, $"{_path}{key}[{index}].", this))];
            default:
                Fail(key, "must be a list of mappings");
                return [];
        }
    }

    public NodeReader? Inside(string key)
    {
        if (Map(key) is not { } map) return null;
        return new NodeReader(map, $"{_path}{key}.", this);
    }

    public JsonObject? Map(string key)
    {
        var value = Find(key);
        if (value is not null and not JsonObject) Fail(key, "must be a mapping");
        return value as JsonObject;
    }

    public IReadOnlyList<string> Words(string key, IReadOnlyList<string> words)
    {
        var items = Find(key) switch { null => [], JsonArray many => many.ToList(), var one => [one] };
        List<string> found = [];
        foreach (var item in items)
        {
            if (item is not null && Scalar(item) is { } word && words.Contains(word)) found.Add(word);
            else Fail(key, $"{Shown(item)} is not known; known are {string.Join(", ", words)}");
        }
        return found;
    }

    /// <summary>The channel, resource and its channel of a node that works on subscriptions.</summary>
    public (int Resource, string Channel) Subscription()
    {
        var resource = Int("resource", 1, int.MaxValue);
        var channel = Word("channel", Channels.All);
        if (Workspace is { } all)
        {
            if (!all.Resources.TryGetValue(resource, out var known)) Fail("resource", $"there is no resource {resource}");
            else if (!known.Databases.Contains(Workflow.Database)) Fail("resource", $"resource {resource} does not list database {Workflow.Database}", known);
        }
        return (resource, channel);
    }

    /// <summary>Call last: every key that nobody asked for is a fault.</summary>
    public void Finish()
    {
        foreach (var (key, _) in _node.Where(member => !_known.Contains(member.Key)))
            Fail(ShortText.Cut(key), $"\"{ShortText.Cut(key)}\" is not a key of a node of type {Type}; known are {string.Join(", ", _known.Order(StringComparer.Ordinal))}");
    }

    public static string? Scalar(JsonNode? value) => value is not JsonValue scalar ? null
        : scalar.GetValueKind() == JsonValueKind.String ? scalar.GetValue<string>() : scalar.ToJsonString();

    private JsonNode? Find(string key)
    {
        _known.Add(key);
        return _node[key];
    }

    private static string Shown(JsonNode? value) => value switch
    {
        null => "nothing",
        JsonValue => $"\"{ShortText.Cut(Scalar(value)!)}\"",
        JsonArray => "a list",
        _ => "a mapping",
    };
}
