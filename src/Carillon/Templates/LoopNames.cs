namespace Carillon.Templates;

/// <summary>The loop variables that can be seen at one place of a template. Inner loops hide outer ones of the same name.</summary>
internal sealed class LoopNames
{
    readonly List<string> _names = [];

    /// <summary>Two per loop; a loop that does not name its index leaves the second empty.</summary>
    public int Add(string item, string key)
    {
        _names.Add(item);
        _names.Add(key);
        return _names.Count - 2;
    }

    public void RemoveLast() => _names.RemoveRange(_names.Count - 2, 2);

    /// <summary>The slot, or -1.</summary>
    public int Find(ReadOnlySpan<char> name)
    {
        for (var slot = _names.Count - 1; slot >= 0; slot--)
        {
            if (name.SequenceEqual(_names[slot]))
                return slot;
        }
        return -1;
    }
}
