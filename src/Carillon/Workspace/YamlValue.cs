namespace Carillon.Workspace;

/// <summary>A value of a YAML file and where it begins, lines and columns from 1.</summary>
public abstract record YamlValue(int Line, int Column)
{
    /// <summary>The value at a path such as <c>channels.email.sender</c> or <c>databases[1]</c>, or the nearest one above it.</summary>
    public YamlValue Nearest(string path)
    {
        var found = this;
        foreach (var step in path.Split('.', '['))
        {
            var next = found switch
            {
                YamlMap map => map.Find(step),
                YamlList list when int.TryParse(step.TrimEnd(']'), out var index) => list.Items.ElementAtOrDefault(index),
                _ => null,
            };
            if (next is null) return found;
            found = next;
        }
        return found;
    }
}

/// <param name="Plain">Written without quotes, so it may stand for a number, a truth or nothing.</param>
public sealed record YamlText(int Line, int Column, string Text, bool Plain) : YamlValue(Line, Column)
{
    public bool IsNull => Plain && Text is "" or "~" or "null" or "Null" or "NULL";
}

public sealed record YamlList(int Line, int Column, IReadOnlyList<YamlValue> Items) : YamlValue(Line, Column);

public sealed record YamlMap(int Line, int Column, IReadOnlyList<(YamlText Key, YamlValue Value)> Pairs) : YamlValue(Line, Column)
{
    public YamlValue? Find(string key) => Pairs.FirstOrDefault(pair => pair.Key.Text == key).Value;
}
