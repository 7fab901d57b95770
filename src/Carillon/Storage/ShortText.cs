namespace Carillon.Storage;

/// <summary>Shortens what a caller sent, to repeat it in a sentence.</summary>
public static class ShortText
{
    /// <summary>Never ends in half a surrogate pair, which no answer could be written with.</summary>
    public static string Cut(string text, int length = 60)
    {
        if (text.Length <= length) return text;
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length), "...");
    }
}
