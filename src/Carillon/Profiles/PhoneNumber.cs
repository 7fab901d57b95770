namespace Carillon.Profiles;

/// <summary>
/// A phone number as <c>+</c> and digits. The country is never guessed: <c>8 912 345-67-89</c> stays <c>+89123456789</c>,
/// because only the sender of the data knows whether the 8 is a Russian trunk prefix.
/// </summary>
public static class PhoneNumber
{
    private const int Fewest = 5;
    /// <summary>E.164.</summary>
    private const int Most = 15;

    /// <summary>Strips spaces, dashes, dots and parentheses; <c>00</c> in front is <c>+</c>. 5 to 15 digits, else false.</summary>
    public static bool TryNormalise(string? input, out string normalised)
    {
        normalised = "";
        Span<char> digits = stackalloc char[Most + 2];
        var count = 0;
        var plus = false;
        foreach (var c in input ?? "")
        {
            if (c is ' ' or '-' or '.' or '(' or ')') continue;
            if (c == '+' && count == 0 && !plus) plus = true;
            else if (!char.IsAsciiDigit(c) || count == digits.Length) return false;
            else digits[count++] = c;
        }
        var number = digits[..count];
        if (!plus && number.StartsWith("00")) number = number[2..];
        if (number.Length is < Fewest or > Most) return false;
        normalised = string.Concat("+", number);
        return true;
    }
}
