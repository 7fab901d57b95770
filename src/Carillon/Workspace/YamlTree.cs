using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Carillon.Workspace;

/// <summary>
/// Reads YAML text into values that know their place. We compose the values from the parser's events ourselves: the
/// library's own tree stops at the first repeated key, and hostile nesting or aliases would exhaust the stack or the memory.
/// </summary>
public sealed class YamlTree
{
    /// <summary>In bytes of UTF-8.</summary>
    public const int MaxSize = 10 * 1024 * 1024;
    public const int MaxDepth = 64;
    public const int MaxAliases = 100;
    /// <summary>Characters and values together, an alias counted as what it stands for.</summary>
    private const long MaxWeight = 2L * MaxSize;

    private readonly IParser _parser;
    private readonly WorkspaceErrors _errors;
    private readonly Dictionary<AnchorName, (YamlValue Value, long Weight)> _anchors = [];
    private int _openAnchors;
    private int _aliases;
    private long _weight;

    private YamlTree(IParser parser, WorkspaceErrors errors)
    {
        _parser = parser;
        _errors = errors;
    }

    /// <summary>The root, or null when the text is not one YAML document; then the errors say why.</summary>
    public static YamlValue? Read(string yaml, WorkspaceErrors errors)
    {
        if (Encoding.UTF8.GetByteCount(yaml) > MaxSize)
        {
            errors.Add(new WorkspaceError(1, 1, "", $"the file is larger than {MaxSize / 1024 / 1024} MB"));
            return null;
        }
        try
        {
            return new YamlTree(new Parser(new StringReader(yaml.TrimStart('\uFEFF'))), errors).Document();
        }
        catch (YamlException fault)
        {
            errors.Add(Told(fault, yaml));
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The library's scanner meets some broken input with an index or argument error of its own.
            errors.Add(new WorkspaceError(1, 1, "", $"the file is not valid YAML: {fault.Message}"));
        }
        return null;
    }

    /// <summary>The library's own faults begin where the broken thing begins, which can be above the broken place.</summary>
    private static WorkspaceError Told(YamlException fault, string yaml)
    {
        var error = new WorkspaceError((int)fault.Start.Line, (int)fault.Start.Column, "", fault.Message);
        if (fault.Message.Contains("tab as indentation", StringComparison.Ordinal))
        {
            var tabbed = yaml.Split('\n').Index().Skip(error.Line - 1).FirstOrDefault(line => line.Item.TrimStart(' ').StartsWith('\t'));
            if (tabbed.Item is not null)
                return error with { Line = tabbed.Index + 1, Column = tabbed.Item.IndexOf('\t') + 1, Message = "a tab is not allowed as indentation; use spaces" };
        }
        return fault.End.Line <= fault.Start.Line ? error
            : error with { Message = $"{fault.Message} (noticed in line {fault.End.Line}, column {fault.End.Column})" };
    }

    private YamlValue Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out var end)) throw Fault(end, "the file is empty");
        _parser.Consume<DocumentStart>();
        var root = Value(1);
        _parser.Consume<DocumentEnd>();
        if (!_parser.Accept<StreamEnd>(out _)) throw Fault(_parser.Current!, "the file holds a second document; everything belongs into one");
        return root;
    }

    private YamlValue Value(int depth)
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias)) return Aliased(alias);
        if (!_parser.Accept<NodeEvent>(out var start)) throw Fault(_parser.Current!, "a value is missing here");
        if (depth > MaxDepth) throw Fault(start, $"the values are nested more than {MaxDepth} deep");
        if (!start.Tag.IsEmpty) throw Fault(start, $"the tag {Clip(start.Tag.ToString())} has no meaning here; write the value without it");
        if (start.Anchor.IsEmpty) return Bare(start, depth);

        _openAnchors++;
        var before = _weight;
        var value = Bare(start, depth);
        _openAnchors--;
        _anchors[start.Anchor] = (value, _weight - before);
        return value;
    }

    private YamlValue Bare(NodeEvent start, int depth)
    {
        _parser.MoveNext();
        Weigh(start, 1);
        return start switch
        {
            Scalar text => Text(text),
            SequenceStart => List(start, depth),
            _ => Map(start, depth),
        };
    }

    private YamlValue Aliased(AnchorAlias alias)
    {
        if (++_aliases > MaxAliases) throw Fault(alias, $"the file has more than {MaxAliases} aliases");
        if (_openAnchors > 0) throw Fault(alias, "an alias may not stand inside a value that has an anchor itself");
        if (!_anchors.TryGetValue(alias.Value, out var anchor)) throw Fault(alias, $"there is no anchor &{Clip(alias.Value.ToString())} above this alias");
        Weigh(alias, anchor.Weight);
        return anchor.Value;
    }

    private YamlText Text(Scalar text)
    {
        Weigh(text, text.Value.Length);
        if (text.Value.Contains('\0') || HasLoneSurrogate(text.Value)) throw Fault(text, "the text holds a character that is not text");
        return new YamlText((int)text.Start.Line, (int)text.Start.Column, text.Value, text.Style == ScalarStyle.Plain);
    }

    private YamlList List(NodeEvent start, int depth)
    {
        List<YamlValue> items = [];
        while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(Value(depth + 1));
        return new YamlList((int)start.Start.Line, (int)start.Start.Column, items);
    }

    private YamlMap Map(NodeEvent start, int depth)
    {
        List<(YamlText, YamlValue)> pairs = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var place = _parser.Current!;
            if (Value(depth + 1) is not YamlText key) throw Fault(place, "a key must be text");
            var value = Value(depth + 1);
            if (seen.Add(key.Text)) pairs.Add((key, value));
            else _errors.Add(new WorkspaceError((int)place.Start.Line, (int)place.Start.Column, Clip(key.Text), "the key stands twice in the same mapping"));
        }
        return new YamlMap((int)start.Start.Line, (int)start.Start.Column, pairs);
    }

    private void Weigh(ParsingEvent at, long weight)
    {
        _weight += weight;
        if (_weight > MaxWeight) throw Fault(at, "the file is too large with its aliases filled in");
    }

    private static bool HasLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return true;
            i++;
        }
        return false;
    }

    private static YamlException Fault(ParsingEvent at, string message) => new(at.Start, at.End, message);

    private static string Clip(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
