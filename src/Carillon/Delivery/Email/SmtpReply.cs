using System.Buffers;

namespace Carillon.Delivery.Email;

/// <summary>One whole reply (RFC 5321 4.2).</summary>
/// <param name="Code">200 to 599.</param>
/// <param name="Words">All lines as they came, codes included, joined by <c>\n</c>; controls became spaces.</param>
internal sealed record SmtpReply(int Code, string Words)
{
    private const int ClosingDown = 421;
    private static readonly SearchValues<char> DigitsAndDots = SearchValues.Create("0123456789.");

    public bool Accepts => Code is >= 200 and < 300;
    public bool Closes => Code == ClosingDown;
    public bool IsRefusal => Code is >= 400;

    public SendResult As(SendOutcome outcome) => new(outcome, Words, FullCode());

    /// <summary>A refusal as a result. Anything else that comes where it makes no sense is worth another try elsewhere.</summary>
    public SendResult Refused() => As(Code >= 500 ? SendOutcome.Failed : SendOutcome.Retry);

    /// <summary>The code with the enhanced code of RFC 2034, taken from the last line: <c>550 5.1.1</c>.</summary>
    private string FullCode()
    {
        var line = Words.AsSpan(Words.LastIndexOf('\n') + 1);
        if (line.Length < 9) return Code.ToString();
        var rest = line[4..];
        var space = rest.IndexOf(' ');
        var enhanced = space < 0 ? rest : rest[..space];
        return IsEnhanced(enhanced) ? $"{Code} {enhanced}" : Code.ToString();
    }

    private static bool IsEnhanced(ReadOnlySpan<char> text) =>
        text.Length <= 11 && text.Count('.') == 2 && text[1] == '.' && text[0] is '2' or '4' or '5'
        && text[^1] != '.' && !text.ContainsAnyExcept(DigitsAndDots) && !text.Contains("..", StringComparison.Ordinal);
}
