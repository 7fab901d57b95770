using System.Globalization;

namespace Carillon.Workspace;

/// <summary>
/// Reads the keys of one mapping and writes down what is wrong with them. A bad value gives the error and a stand-in, so
/// that reading goes on and finds the other errors too. The keys that were asked for are the known ones.
/// </summary>
public sealed class MapReader(YamlMap map, string path, WorkspaceErrors errors)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public YamlMap Map => map;
    public string Path => path;

    public void Fail(string key, string message) => errors.Add(map.Nearest(key), PathOf(key), message);

    public bool Has(string key) => Find(key) is not null;

    /// <summary>A required text of one line, 1 to <paramref name="longest"/> characters.</summary>
    public string Text(string key, int longest = 255)
    {
        if (OptionalText(key, longest) is { } text) return text;
        if (Find(key) is not { } value) Fail(key, "is required");
        else if (value is YamlText) Fail(key, "must not be empty");
        return "";
    }

    /// <summary>Null when the key is absent or its text is empty.</summary>
    public string? OptionalText(string key, int longest = 255)
    {
        var text = LongText(key);
        if (text is null) return null;
        if (text.Length > longest) Fail(key, $"has {text.Length} characters; at most {longest} are allowed");
        else if (text.Any(char.IsControl)) Fail(key, "must be one line without control characters");
        return text;
    }

    /// <summary>A text of any length and any lines; null when the key is absent or its text is empty.</summary>
    public string? LongText(string key)
    {
        var value = Find(key);
        if (value is not null and not YamlText) Fail(key, "must be text");
        return value is YamlText { Text.Length: > 0 } text ? text.Text : null;
    }

    public int Int(string key, int least, int most)
    {
        if (Find(key) is not null) return Int(key, least, most, least);
        Fail(key, "is required");
        return least;
    }

    public int Int(string key, int least, int most, int otherwise) =>
        Find(key) is { } value ? IntOf(value, PathOf(key), least, most) : otherwise;

    public List<int> Ints(string key, int least, int most)
    {
        if (Find(key) is not { } value) return [];
        if (value is YamlList list) return [.. list.Items.Select((item, index) => IntOf(item, PathOf($"{key}[{index}]"), least, most))];
        Fail(key, "must be a list of whole numbers, such as [1, 2]");
        return [];
    }

    /// <summary>A list of at most 50 short texts of one line, each once.</summary>
    public IReadOnlyList<string> Texts(string key)
    {
        if (Find(key) is not { } value) return [];
        if (value is YamlList { Items.Count: <= 50 } list && list.Items.All(item => item is YamlText { IsNull: false, Text.Length: > 0 and <= 64 } text && !text.Text.Any(char.IsControl)))
            return [.. list.Items.Cast<YamlText>().Select(item => item.Text).Distinct()];
        Fail(key, "must be a list of at most 50 texts of 1 to 64 characters on one line");
        return [];
    }

    public bool Bool(string key, bool otherwise)
    {
        switch (Find(key))
        {
            case null: return otherwise;
            case YamlText { Plain: true, Text: "true" or "True" or "TRUE" }: return true;
            case YamlText { Plain: true, Text: "false" or "False" or "FALSE" }: return false;
            case var value:
                Fail(key, $"{Shown(value)} is not true or false");
                return otherwise;
        }
    }

    /// <summary>One of the words; <paramref name="otherwise"/> when the key is absent, and null makes it required.</summary>
    public string Word(string key, string noun, IReadOnlyList<string> words, string? otherwise)
    {
        switch (Find(key))
        {
            case null:
                if (otherwise is null) Fail(key, "is required");
                break;
            case YamlText text when words.Contains(text.Text):
                return text.Text;
            case var value:
                Fail(key, $"{Shown(value)} is not a {noun}; known are {string.Join(", ", words)}");
                break;
        }
        return otherwise ?? words[0];
    }

    /// <summary>One of the names of an enum, in lower case.</summary>
    public T Word<T>(string key, string noun, T? otherwise) where T : struct, Enum =>
        Enum.Parse<T>(Word(key, noun, Lower(Enum.GetNames<T>()), otherwise?.ToString().ToLowerInvariant()), ignoreCase: true);

    public IReadOnlyList<MapReader> Maps(string key)
    {
        switch (Find(key))
        {
            case null:
                return [];
            case YamlList list:
                return [.. list.Items.Select((item, index) => Inner(item, $"{key}[{index}]")).OfType<MapReader>()];
            default:
                Fail(key, "must be a list");
                return [];
        }
    }

    public MapReader? Inside(string key) => Find(key) is { } value ? Inner(value, key) : null;

    /// <summary>Call last: every key that nobody asked for is an error.</summary>
    public void Finish(string noun = "known key")
    {
        foreach (var (key, _) in map.Pairs.Where(pair => !_known.Contains(pair.Key.Text)))
        {
            var meant = NearestWord.Of(key.Text, _known);
            errors.Add(key, PathOf(Clip(key.Text)), meant is null
                ? $"\"{Clip(key.Text)}\" is not a {noun}; known are {string.Join(", ", _known)}"
                : $"\"{Clip(key.Text)}\" is not a {noun}; did you mean {meant}?");
        }
    }

    public static string Shown(YamlValue value) => value switch
    {
        YamlText text => $"\"{Clip(text.Text)}\"",
        YamlList => "a list",
        _ => "a mapping",
    };

    private YamlValue? Find(string key)
    {
        _known.Add(key);
        return map.Find(key) is { } value and not YamlText { IsNull: true } ? value : null;
    }

    private MapReader? Inner(YamlValue value, string key)
    {
        if (value is YamlMap inner) return new MapReader(inner, PathOf(key), errors);
        // Not repeating the text: under tokens it is likely a secret.
        errors.Add(value, PathOf(key), "must be a mapping of keys to values");
        return null;
    }

    private int IntOf(YamlValue value, string at, int least, int most)
    {
        if (value is not YamlText { Plain: true } text || !IsWhole(text.Text))
            errors.Add(value, at, $"{Shown(value)} is not a whole number");
        else if (!int.TryParse(text.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number < least || number > most)
            errors.Add(value, at, $"{Clip(text.Text)} is not between {least} and {most}");
        else
            return number;
        return least;
    }

    private static bool IsWhole(string text) => text.TrimStart('-', '+') is { Length: > 0 } digits && digits.All(char.IsAsciiDigit);

    private static List<string> Lower(IEnumerable<string> names) => [.. names.Select(name => name.ToLowerInvariant())];

    private string PathOf(string key) => path.Length == 0 ? key : key.Length == 0 ? path : $"{path}.{key}";

    private static string Clip(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
