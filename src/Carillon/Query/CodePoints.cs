namespace Carillon.Query;

/// <summary>The order of texts in the databases: by their characters' numbers. UTF-16, which .NET has, differs where surrogates stand.</summary>
public static class CodePoints
{
    public static int Compare(string one, string other)
    {
        var same = one.AsSpan().CommonPrefixLength(other);
        if (same == one.Length || same == other.Length) return one.Length.CompareTo(other.Length);
        return Rank(one[same]).CompareTo(Rank(other[same]));
    }

    /// <summary>Surrogates stand for characters beyond U+FFFF, so they come after all others.</summary>
    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
