using System.Text.RegularExpressions;

namespace Carillon.Outbox;

/// <summary>A mail's HTML on its way into the page's frame. What it may do there, the headers say.</summary>
public static partial class MailHtml
{
    private const string Head = "<base target=\"_blank\"><style>html{scrollbar-width:thin}</style>";

    /// <summary>
    /// Makes links open a tab of their own, because inside the frame they would be blocked, and the scroll bar narrow. Both
    /// stand behind the doctype, where every browser takes them into the head without changing anything else.
    /// </summary>
    public static string ForTheFrame(string html) => Doctype().Replace(html, match => match.Value + Head, 1);

    /// <summary>Whether it seems to show images of other servers. Only for a hint.</summary>
    public static bool HasRemoteImages(string html) => RemoteImage().IsMatch(html);

    [GeneratedRegex(@"\A\s*(<!doctype[^>]*>)?", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex Doctype();

    [GeneratedRegex("""<img\b[^>]*\bsrc(set)?\s*=\s*["']?\s*(https?:)?//|\bbackground\s*=\s*["']?\s*https?:|url\(\s*["']?\s*https?:""",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex RemoteImage();
}
