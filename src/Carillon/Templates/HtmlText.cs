using System.Buffers;
using System.Text;

namespace Carillon.Templates;

internal static class HtmlText
{
    static readonly SearchValues<char> s_special = SearchValues.Create("&<>\"'");

    public static void Escape(ReadOnlySpan<char> text, StringBuilder output)
    {
        for (int at; (at = text.IndexOfAny(s_special)) >= 0; text = text[(at + 1)..])
        {
            output.Append(text[..at]);
            output.Append(Entity(text[at]));
        }
        output.Append(text);
    }

    static string Entity(char c) => c switch
    {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        _ => "&#39;",
    };
}
