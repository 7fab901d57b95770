namespace Carillon.Storage;

/// <summary>SQLite's JSON functions give scalars as SQL values and tell their types apart by name.</summary>
public sealed class SqliteJson : JsonDialect
{
    public static readonly SqliteJson Instance = new();

    private const string Digit = "[0-9]";
    private static readonly string Day = Shape("0000-00-00");
    private static readonly string Moment = Shape("0000-00-00T00:00:00.000Z");

    public override string Document => "p.doc";
    public override string Prepare => "";
    /// <summary>Some versions end a text at U+0000.</summary>
    public override string Unreadable => @"instr(p.doc, '\u0000') > 0";
    public override string TextType => "text";
    public override string NumberTypes => "('integer', 'real')";

    public override string Key(string member) => $"$.\"{member}\"";
    public override JsonSlot Member(string node, string key) => new($"json_type({node}, {key})", $"json_extract({node}, {key})", $"json_extract({node}, {key})");
    public override JsonSlot Element(string alias) => new($"{alias}.type", $"{alias}.atom", $"{alias}.value");
    public override JsonSlot TextColumn(string column) => new("'text'", column, column);
    public override JsonSlot NumberColumn(string column) => new("'integer'", column, column);

    public override JsonSlot WithDefault(JsonSlot slot, string json) => json == "[]"
        ? new($"coalesce({slot.Type}, 'array')", $"coalesce({slot.Value}, '[]')", $"coalesce({slot.Node}, '[]')")
        : new($"coalesce({slot.Type}, 'integer')", $"coalesce({slot.Value}, {json})", slot.Node);

    public override string Elements(JsonSlot slot, string alias) => $"json_each(CASE WHEN {slot.Type} = 'array' THEN {slot.Node} ELSE '[]' END) AS {alias}";
    public override string Text(JsonSlot slot) => slot.Value;
    public override string DateText(JsonSlot slot) => $"(CASE WHEN length({slot.Value}) = 10 THEN {slot.Value} || 'T00:00:00.000Z' ELSE {slot.Value} END)";
    public override string LooksLikeDate(JsonSlot slot) => $"({slot.Value} GLOB '{Moment}' OR {slot.Value} GLOB '{Day}')";
    public override string CompareNumber(JsonSlot slot, string order, string parameter) => $"({IsNumber(slot)} AND {slot.Value} {order} {parameter})";

    /// <summary>How SQLite reads a fraction may differ in the last bit from how .NET does.</summary>
    public override bool Compares(long whole, double real, bool isWhole) => isWhole;

    public override string NumberIn(JsonSlot slot, string parameter) => $"({IsNumber(slot)} AND {slot.Value} IN (SELECT atom FROM json_each({parameter})))";
    public override string TextsOf(string parameter) => $"(SELECT atom FROM json_each({parameter}))";
    public override string Truth(JsonSlot slot, bool truth) => $"{slot.Type} = '{(truth ? "true" : "false")}'";
    /// <summary>A CASE, for both sides of an AND may be worked out, and a text that is no JSON is an error.</summary>
    public override string HasCount(JsonSlot slot, string parameter) => $"(CASE WHEN {slot.Type} = 'array' THEN json_array_length({slot.Node}) = {parameter} END)";
    public override string? MatchesPattern(JsonSlot slot, string pattern, string options) => $"{SqliteRegex.Function}(CAST({slot.Value} AS TEXT), {pattern}, {options})";
    public override string StartsWith(JsonSlot slot, string parameter) => $"substr({slot.Value}, 1, length({parameter})) = {parameter}";

    private static string Shape(string form) => form.Replace("0", Digit, StringComparison.Ordinal);
}
