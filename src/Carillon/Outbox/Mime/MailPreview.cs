using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Carillon.Outbox.Mime;

/// <summary>The first words of a mail, on one line.</summary>
internal static partial class MailPreview
{
    private const int Longest = 160;
    /// <summary>How far into a text the words are looked for, in bytes.</summary>
    private const int Reach = 64 << 10;

    public static string Of(ReadMail mail)
    {
        if (mail.Text is { } text) return OnOneLine(text.ReadText(Reach), Longest);
        return mail.Html is { } html ? OnOneLine(WebUtility.HtmlDecode(Markup().Replace(html.ReadText(Reach), " ")), Longest) : "";
    }

    /// <summary>Runs of white space and controls become one space.</summary>
    public static string OnOneLine(string text, int longest)
    {
        var line = new StringBuilder(longest);
        foreach (var rune in text.EnumerateRunes())
        {
            var blank = Rune.IsWhiteSpace(rune) || Rune.IsControl(rune);
            if (blank && (line.Length == 0 || line[^1] == ' ')) continue;
            if (line.Length + rune.Utf16SequenceLength > longest) break;
            line.Append(blank ? " " : rune.ToString());
        }
        return line.ToString().TrimEnd();
    }

    [GeneratedRegex("(?is)<!--.*?-->|<(head|style|script|title)\\b.*?</(head|style|script|title)>|<[^>]*>", RegexOptions.NonBacktracking)]
    private static partial Regex Markup();
}
