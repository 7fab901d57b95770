using System.Text.RegularExpressions;

namespace Carillon.Storage;

/// <summary>
/// A statement over a set, as SQLite runs it: once per item, with the item's values in place of the relation <c>r</c>.
/// </summary>
/// <remarks>
/// A relation of one row would do for every statement, but it costs: an update gathers what it reads from one in a temporary table first,
/// which takes longer than the update, and a look-up by key takes more than twice its time. So the usual forms are written without it.
/// <code>
///   INSERT INTO t (a) SELECT a FROM {set} [WHERE true ...]      INSERT INTO t (a) VALUES (@a) [...]
///   UPDATE t SET a = r.a FROM {set} WHERE t.id = r.id           UPDATE t SET a = @a WHERE t.id = @id
///   SELECT t.a FROM {set} JOIN t ON t.id = r.id [ORDER BY ...]  SELECT t.a FROM t WHERE t.id = @id [ORDER BY ...]
///   anything else with {set}                                    ... (SELECT @id AS id) AS r ...
/// </code>
/// </remarks>
public static partial class SqliteSet
{
    public static string Text<T>(SetStatement<T> statement)
    {
        var text = SqliteDialect.Instance.Expand(statement.Text)
            .Replace(Dialect.InSet, $"= ({Names(statement, "@{0}")})", StringComparison.Ordinal)
            .Replace(Dialect.InShard, "", StringComparison.Ordinal);
        return (PlainInsert(text, statement) ?? PlainUpdate(text) ?? PlainLookUp(text) ?? OverRelation(text, statement)) + Limit(statement);
    }

    private static string? PlainInsert<T>(string text, SetStatement<T> statement)
    {
        if (Insert().Match(text) is not { Success: true } insert) return null;
        var values = insert.Groups["values"].Value.Split(',', StringSplitOptions.TrimEntries).Select(value => statement.Columns.Any(column => column.Name == value) ? "@" + value : value);
        return $"{insert.Groups["into"].Value} VALUES ({string.Join(", ", values)}){insert.Groups["rest"].Value}";
    }

    private static string? PlainUpdate(string text) =>
        Update().Match(text) is { Success: true } update ? Bound(update.Groups["set"].Value + update.Groups["where"].Value) : null;

    private static string? PlainLookUp(string text)
    {
        if (LookUp().Match(text) is not { Success: true } found) return null;
        var (condition, order) = (found.Groups["condition"].Value, found.Groups["order"].Value);
        // With a further clause or table the words would have to be understood.
        return OtherClause().IsMatch(condition) ? null : Bound($"{found.Groups["select"].Value}FROM {found.Groups["table"].Value} WHERE {condition}{order}");
    }

    private static string OverRelation<T>(string text, SetStatement<T> statement) => text.Replace("{set}", $"(SELECT {Names(statement, "@{0} AS {0}")}) AS r", StringComparison.Ordinal);

    private static string Limit<T>(SetStatement<T> statement) => statement.MostPerItem > 0 ? $" LIMIT {statement.MostPerItem}" : "";

    private static string Bound(string text) => ColumnOfItem().Replace(text, "@${column}");

    private static string Names<T>(SetStatement<T> statement, string form) => string.Join(", ", statement.Columns.Select(column => form.Replace("{0}", column.Name, StringComparison.Ordinal)));

    [GeneratedRegex(@"^\s*(?<into>INSERT INTO \w+ \([^)]*\))\s+SELECT (?<values>[^{}()]*) FROM \{set\}(\s+WHERE true(?<rest>\s[^{}]*))?\s*$", RegexOptions.NonBacktracking)]
    private static partial Regex Insert();

    [GeneratedRegex(@"^(?<set>\s*UPDATE \w+ SET [^{}]*?)\s+FROM \{set\}(?<where>\s+WHERE [^{}]*)$", RegexOptions.NonBacktracking)]
    private static partial Regex Update();

    [GeneratedRegex(@"^(?<select>\s*SELECT [^{}]*)FROM \{set\} JOIN (?<table>\w+( \w+)?)\s+ON (?<condition>[^{}]*?)(?<order>\s+ORDER BY [^{}]*)?$", RegexOptions.NonBacktracking)]
    private static partial Regex LookUp();

    [GeneratedRegex(@"\b(WHERE|JOIN|GROUP BY|SELECT|OR)\b", RegexOptions.NonBacktracking)]
    private static partial Regex OtherClause();

    [GeneratedRegex(@"\br\.(?<column>\w+)", RegexOptions.NonBacktracking)]
    private static partial Regex ColumnOfItem();
}
