namespace Carillon.Templates;

internal enum TagKind { None, Value, Link, If, For, Else, End, Misspelt }

/// <summary>
/// Decides whether a brace opens a tag or is text. CSS, scripts and JSON are full of braces, so a tag must show itself: a
/// known word directly after the brace, followed by what may follow that word. Everything else is text.
/// </summary>
internal static class TagStart
{
    public static TagKind At(Cursor cursor, int brace, LoopNames loops)
    {
        var word = cursor.NameAt(brace + 1);
        if (word.IsEmpty)
            return TagKind.None;
        var after = brace + 1 + word.Length;
        switch (word)
        {
            case "if": return Spaced(cursor, after, TagKind.If);
            case "for": return Spaced(cursor, after, TagKind.For);
            case "else": return Spaced(cursor, after, TagKind.Else);
            case "end": return Spaced(cursor, after, TagKind.End);
            case "elseif" or "elsif" or "elif" or "endif" or "endfor": return Spaced(cursor, after, TagKind.Misspelt);
            case "jsonpath" or "subscription_field": return TagKind.Value;
            case "unsubscribe" or "globalunsubscribe" or "webversion" or "confirm":
                return EndsOrFilters(cursor, after) ? TagKind.Link : TagKind.None;
        }
        var known = Roots.IsRoot(word) || loops.Find(word) >= 0;
        return known && (CharacterAt(cursor, after) == '.' || EndsOrFilters(cursor, after)) ? TagKind.Value : TagKind.None;
    }

    /// <summary>"{if(x)" and "{else{" are script, "{if x" is a tag.</summary>
    static TagKind Spaced(Cursor cursor, int after, TagKind kind)
    {
        var next = CharacterAt(cursor, after);
        return next == '}' || char.IsWhiteSpace(next) ? kind : TagKind.None;
    }

    static bool EndsOrFilters(Cursor cursor, int after)
    {
        while (char.IsWhiteSpace(CharacterAt(cursor, after)))
            after++;
        return CharacterAt(cursor, after) is '}' or '|';
    }

    static char CharacterAt(Cursor cursor, int offset) => offset < cursor.Source.Length ? cursor.Source[offset] : '\0';
}
