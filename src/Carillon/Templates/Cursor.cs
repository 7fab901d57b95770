using System.Globalization;
using System.Text;

namespace Carillon.Templates;

internal sealed record Fault(int Offset, string Message);

/// <summary>
/// Reads a text from left to right. Faults are values: the first one is kept, the method that met it returns null, and so
/// does every caller up to the top.
/// </summary>
internal sealed class Cursor(string source)
{
    public string Source => source;
    public int At { get; set; }
    public Fault? Fault { get; private set; }
    public bool AtEnd => At >= source.Length;
    public char Current => AtEnd ? '\0' : source[At];

    public T? Fail<T>(string message) where T : class => FailAt<T>(At, message);

    public T? FailAt<T>(int offset, string message) where T : class
    {
        Fault ??= new Fault(offset, message);
        return null;
    }

    public void SkipSpace()
    {
        while (!AtEnd && char.IsWhiteSpace(source[At]))
            At++;
    }

    public bool TryTake(string sign)
    {
        if (!source.AsSpan(At).StartsWith(sign))
            return false;
        At += sign.Length;
        return true;
    }

    public static bool IsNameCharacter(char c) => char.IsLetterOrDigit(c) || c is '_' or '-';

    /// <summary>The name that starts at an offset, without moving; empty when there is none.</summary>
    public ReadOnlySpan<char> NameAt(int offset)
    {
        var end = offset;
        while (end < source.Length && IsNameCharacter(source[end]))
            end++;
        return source.AsSpan(offset, end - offset);
    }

    public string TakeName()
    {
        var name = NameAt(At);
        At += name.Length;
        return name.ToString();
    }

    /// <summary>Takes the word only when it stands alone: "order" does not start with "or".</summary>
    public bool TryTakeWord(string word)
    {
        if (!NameAt(At).SequenceEqual(word))
            return false;
        At += word.Length;
        return true;
    }

    /// <summary>In the quotes it starts with; \" and \\ (and \') stand for the second character, any other \ for itself.</summary>
    public string? TakeString()
    {
        var opening = At;
        var quote = source[At++];
        var text = new StringBuilder();
        for (; !AtEnd; At++)
        {
            var c = source[At];
            if (c == quote)
            {
                At++;
                return text.ToString();
            }
            if (c == '\\' && At + 1 < source.Length && (source[At + 1] == quote || source[At + 1] == '\\'))
                c = source[++At];
            text.Append(c);
        }
        return FailAt<string>(opening, "this text has no closing quote");
    }

    /// <summary>Digits with an optional sign and fraction; null, and not moved, when there is no number here or it is too large.</summary>
    public decimal? TakeNumber()
    {
        var end = At;
        if (end < source.Length && source[end] == '-')
            end++;
        while (end < source.Length && (char.IsAsciiDigit(source[end]) || source[end] == '.'))
            end++;
        const NumberStyles style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(source.AsSpan(At, end - At), style, CultureInfo.InvariantCulture, out var number))
            return null;
        At = end;
        return number;
    }
}
