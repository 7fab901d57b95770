using System.Globalization;

namespace Carillon.Storage;

/// <summary>PostgreSQL parses a document once per row, and looks into it as jsonb.</summary>
public sealed class PostgresJson : JsonDialect
{
    public static readonly PostgresJson Instance = new();

    private const double Exact = 9007199254740992;

    public override string Document => "d.j";

    /// <summary>jsonb cannot hold U+0000, and says so with an error. OFFSET keeps the planner from parsing once per condition.</summary>
    public override string Prepare => @"CROSS JOIN LATERAL (SELECT CASE WHEN strpos(p.doc, '\u0000') = 0 THEN p.doc::jsonb END AS j OFFSET 0) AS d";
    public override string Unreadable => "d.j IS NULL";
    public override string TextType => "string";
    public override string NumberTypes => "('number')";

    public override string Key(string member) => member;
    public override JsonSlot Member(string node, string key) => Slot($"({node} -> {key})");
    public override JsonSlot Element(string alias) => Slot($"{alias}.value");
    public override JsonSlot TextColumn(string column) => new("'string'", $"to_jsonb({column})", $"to_jsonb({column})");
    public override JsonSlot NumberColumn(string column) => new("'number'", $"to_jsonb({column})", $"to_jsonb({column})");
    public override JsonSlot WithDefault(JsonSlot slot, string json) => Slot($"coalesce({slot.Value}, '{json}'::jsonb)");
    public override string Elements(JsonSlot slot, string alias) => $"jsonb_array_elements(CASE WHEN {slot.Type} = 'array' THEN {slot.Node} ELSE '[]'::jsonb END) AS {alias}(value)";
    public override string Text(JsonSlot slot) => $"({slot.Value} #>> '{{}}') COLLATE \"C\"";
    public override string DateText(JsonSlot slot) => $"(CASE WHEN length({slot.Value} #>> '{{}}') = 10 THEN ({slot.Value} #>> '{{}}') || 'T00:00:00.000Z' ELSE ({slot.Value} #>> '{{}}') END) COLLATE \"C\"";
    public override string LooksLikeDate(JsonSlot slot) => $@"({slot.Value} #>> '{{}}') ~ '^[0-9]{{4}}-[0-9][0-9]-[0-9][0-9](T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\.[0-9]{{3}}Z)?$'";

    /// <summary>Numbers as doubles. The CASE keeps the cast away from what is no number.</summary>
    public override string CompareNumber(JsonSlot slot, string order, string parameter) => $"(CASE WHEN {IsNumber(slot)} THEN {Double(slot)} {order} {parameter}::float8 ELSE false END)";

    public override bool Compares(long whole, double real, bool isWhole) => Math.Abs(isWhole ? whole : real) < Exact;

    public override string NumberIn(JsonSlot slot, string parameter) =>
        $"(CASE WHEN {IsNumber(slot)} THEN {Double(slot)} IN (SELECT number::float8 FROM jsonb_array_elements_text({parameter}::jsonb) AS number) ELSE false END)";

    public override string TextsOf(string parameter) => $"(SELECT jsonb_array_elements_text({parameter}::jsonb))";
    public override string Truth(JsonSlot slot, bool truth) => string.Create(CultureInfo.InvariantCulture, $"{slot.Value} = '{(truth ? "true" : "false")}'::jsonb");
    public override string HasCount(JsonSlot slot, string parameter) => $"(CASE WHEN {slot.Type} = 'array' THEN jsonb_array_length({slot.Node}) = {parameter} ELSE false END)";
    public override string? MatchesPattern(JsonSlot slot, string pattern, string options) => null;
    public override string StartsWith(JsonSlot slot, string parameter) => $"starts_with({slot.Value} #>> '{{}}', {parameter})";

    private static string Double(JsonSlot slot) => $"({slot.Value} #>> '{{}}')::float8";

    private static JsonSlot Slot(string value) => new($"jsonb_typeof({value})", value, value);
}
