namespace Carillon.Workspace;

using CheckTemplate = Func<string, bool, (int Line, int Column, string Message)?>;

/// <summary>Reads keys that end up in a mail: each is a small template, and a header too, so it has one line.</summary>
public static class EmailKeys
{
    public static string? Line(MapReader map, string key, CheckTemplate check)
    {
        var text = map.OptionalText(key, 1000);
        Check(map, key, text, html: false, check);
        return text;
    }

    /// <summary>An address, or a template that makes one.</summary>
    public static string? Address(MapReader map, string key, CheckTemplate check)
    {
        var text = Line(map, key, check);
        if (text is not null && !text.Contains('{') && !IsAddress(text)) map.Fail(key, $"{MapReader.Shown(map.Map.Find(key)!)} is not an e-mail address");
        return text;
    }

    public static void Check(MapReader map, string key, string? text, bool html, CheckTemplate check)
    {
        if (text is not null && check(text, html) is { } fault)
            map.Fail(key, $"line {fault.Line}, column {fault.Column} of the template: {fault.Message}");
    }

    private static bool IsAddress(string text) =>
        text.Split('@') is [{ Length: > 0 }, { Length: > 0 }] && !text.Any(letter => char.IsWhiteSpace(letter) || letter is '<' or '>' or ',' or ';');
}
