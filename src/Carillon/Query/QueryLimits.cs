namespace Carillon.Query;

/// <summary>What a filter may ask for. They are far above what a person writes, and far below what hurts.</summary>
public static class QueryLimits
{
    /// <summary>How deep operators may stand inside each other.</summary>
    public const int MaxDepth = 16;
    /// <summary>Conditions on fields, in all.</summary>
    public const int MaxConditions = 200;
    /// <summary>Values that fields are compared with, in all; those of <c>$in</c> are most of them.</summary>
    public const int MaxValues = 20_000;
    /// <summary>Parts of a dotted path.</summary>
    public const int MaxPath = 12;
    /// <summary>Regular expressions: each looks at every character of a value.</summary>
    public const int MaxPatterns = 10;
    /// <summary>Characters of a regular expression.</summary>
    public const int MaxPattern = 500;
    /// <summary>States of the automaton that a regular expression becomes: <c>(a{100}){100}</c> is a short text and a large machine.</summary>
    public const int MaxPatternRepeats = 1000;
}
