namespace Carillon.Templates;

/// <summary>Lines of offsets that only grow, so that counting them all costs one walk through the text.</summary>
internal sealed class LineCounter(string source)
{
    int _offset;
    int _line = 1;

    public int LineOf(int offset)
    {
        _line += source.AsSpan(_offset, offset - _offset).Count('\n');
        _offset = offset;
        return _line;
    }

    public static (int Line, int Column) Place(string source, int offset)
    {
        var before = source.AsSpan(0, offset);
        return (before.Count('\n') + 1, offset - before.LastIndexOf('\n'));
    }
}
