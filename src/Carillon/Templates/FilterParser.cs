namespace Carillon.Templates;

/// <summary>Reads one filter after its bar. Patterns are judged here, so that they cannot fail in a mail.</summary>
internal sealed class FilterParser(Cursor cursor)
{
    const string Known = "default, date, upper, lower, capitalize, number, url, json and raw";

    public Filter? Filter(Func<Operand?> value)
    {
        cursor.SkipSpace();
        var start = cursor.At;
        var name = cursor.TakeName();
        return name switch
        {
            "default" => value() is { } fallback ? new DefaultFilter(fallback) : null,
            "date" => Pattern("date \"dd.MM.yyyy\"", Patterns.DateFault) is { } date ? new DateFilter(Patterns.ForDates(date)) : null,
            "number" => Pattern("number \"0.00\"", Patterns.NumberFault) is { } number ? new NumberFilter(number) : null,
            "upper" => new TextFilter(text => text.ToUpperInvariant()),
            "lower" => new TextFilter(text => text.ToLowerInvariant()),
            "capitalize" => new TextFilter(TextFilter.Capitalize),
            "url" => new TextFilter(Uri.EscapeDataString),
            "json" => new JsonFilter(),
            "raw" => new RawFilter(),
            "" => cursor.FailAt<Filter>(start, "expected a filter after |"),
            _ => cursor.FailAt<Filter>(start, $"{OperandParser.Quoted(name)} is not a filter: there are {Known}"),
        };
    }

    string? Pattern(string example, Func<string, string?> fault)
    {
        cursor.SkipSpace();
        var start = cursor.At;
        if (cursor.Current != '"')
            return cursor.Fail<string>($"expected a pattern in quotes, as in {example}");
        if (cursor.TakeString() is not { } pattern)
            return null;
        return fault(pattern) is { } what ? cursor.FailAt<string>(start, what) : pattern;
    }
}
