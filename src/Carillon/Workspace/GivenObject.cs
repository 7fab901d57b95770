using System.Globalization;

namespace Carillon.Workspace;

/// <summary>
/// An object as a call of the API gives it, in the form in which the workspace file gives one. So both go through the same
/// reader and the same checks, and what is wrong is told by the call's own parameter instead of a line of a file.
/// </summary>
public sealed class GivenObject
{
    private readonly Members _root = new();
    private readonly Dictionary<string, string> _parameters = new(StringComparer.Ordinal);
    private readonly WorkspaceErrors _errors = new();
    private int _count;

    /// <summary>Sets what stands at a path of the file's object; null leaves it out.</summary>
    /// <param name="path">As in the file, such as <c>channels.email.html</c>.</param>
    /// <param name="parameter">The call's name for it, such as <c>channels[0].fields.html</c>.</param>
    /// <param name="value">A text, a whole number, a truth or a list of texts.</param>
    public void Set(string path, string parameter, object? value)
    {
        _parameters[path] = parameter;
        if (value is null) return;
        var steps = path.Split('.');
        var at = _root;
        foreach (var step in steps[..^1]) at = at.Inside(step);
        at.Values[steps[^1]] = Written(value);
    }

    /// <summary>Reads the object as the file's object is read, up to the key that nobody knows.</summary>
    public Written<T> Read<T>(Func<MapReader, T> read)
    {
        var map = new MapReader((YamlMap)_root.Map(), "", _errors);
        var value = read(map);
        map.Finish();
        return new Written<T>(value, map);
    }

    /// <summary>What the reader found wrong first; null when nothing is.</summary>
    public string? Fault => _errors.All is [var first, ..] ? Tell(first) : null;

    /// <summary>An error of the file's words, by the call's parameter.</summary>
    public string Tell(WorkspaceError error)
    {
        var path = error.Path.TrimStart('.');
        var key = _parameters.Keys.Where(key => path == key || path.StartsWith(key + ".", StringComparison.Ordinal) || path.StartsWith(key + "[", StringComparison.Ordinal)
            || key.StartsWith(path + ".", StringComparison.Ordinal))
            .OrderByDescending(key => path.StartsWith(key, StringComparison.Ordinal)).ThenByDescending(key => key.Length).FirstOrDefault();
        if (path.Length == 0 || key is null) return error.Message;
        var separator = error.Message.StartsWith("is required", StringComparison.Ordinal) || error.Message.StartsWith("must ", StringComparison.Ordinal) ? " " : ": ";
        return $"Parameter '{_parameters[key]}'{separator}{error.Message}";
    }

    private YamlValue Written(object value) => value switch
    {
        string text => new YamlText(++_count, 1, text, Plain: false),
        bool truth => new YamlText(++_count, 1, truth ? "true" : "false", Plain: true),
        int number => new YamlText(++_count, 1, number.ToString(CultureInfo.InvariantCulture), Plain: true),
        IReadOnlyList<string> texts => new YamlList(++_count, 1, [.. texts.Select(text => new YamlText(_count, 1, text, Plain: false))]),
        _ => throw new ArgumentException($"{value.GetType().Name} has no form in the workspace file", nameof(value)),
    };

    private sealed class Members
    {
        private readonly Dictionary<string, Members> _inside = [];

        public Dictionary<string, YamlValue> Values { get; } = [];

        public Members Inside(string key)
        {
            if (!_inside.TryGetValue(key, out var members)) _inside[key] = members = new Members();
            return members;
        }

        public YamlValue Map() => new YamlMap(0, 1,
        [
            .. Values.Select(pair => (Key(pair.Key), pair.Value)),
            .. _inside.Select(pair => (Key(pair.Key), pair.Value.Map())),
        ]);

        private static YamlText Key(string key) => new(0, 1, key, Plain: true);
    }
}
