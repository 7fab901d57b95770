using System.Globalization;
using System.Text.Json;
using Carillon.Storage;

namespace Carillon.Query;

/// <summary>
/// A filter as a condition on the row <c>p</c> of profiles, with its values as parameters. It holds at least for all rows for which
/// <see cref="Filter.Matches"/> does; where <see cref="Exact"/> says so, for no others.
/// </summary>
/// <param name="Condition">To be put after WHERE or AND.</param>
/// <param name="Exact">False: what it finds are candidates, and memory decides. Documents that hold U+0000 are always candidates.</param>
public sealed record FilterSql(string Condition, IReadOnlyList<(string Name, object? Value)> Values, bool Exact)
{
    public static FilterSql Of(Filter filter, Dialect dialect)
    {
        var writer = new FilterSqlWriter(dialect.Json);
        var condition = writer.Write(filter);
        return new FilterSql($"({dialect.Json.Unreadable} OR {condition})", writer.Values, writer.Exact);
    }
}

/// <summary>
/// Writes conditions. Where a database cannot say what memory means, it says something wider; inside a negation something
/// narrower, so that the negation is wider again.
/// </summary>
internal sealed class FilterSqlWriter(JsonDialect json)
{
    /// <summary>A path is written once for an object and once for an array at each of its parts; longer ones are left to memory.</summary>
    private const int MaxWrittenPath = 4;

    /// <summary>SQLite's parser holds a hundred symbols that are not finished yet; a condition that would need more is left to memory.
    /// The numbers beside are what each kind of nesting leaves open.</summary>
    private const int MaxOpen = 58;
    private const int OpenBranch = 3, OpenNot = 2, OpenObject = 8, OpenArray = 18, OpenElement = 17;

    private readonly List<(string Name, object? Value)> _values = [];
    private int _aliases;
    private int _open;

    public IReadOnlyList<(string Name, object? Value)> Values => _values;
    public bool Exact { get; private set; } = true;

    public string Write(Filter filter) => Write(filter, new Place(json.Document, IsRoot: true), wide: true);

    private string Write(Filter filter, Place place, bool wide) => filter switch
    {
        Filter.All { Parts.Count: 0 } => "true",
        Filter.Any { Parts.Count: 0 } => "false",
        Filter.All all => Inside(OpenBranch, wide, () => "(" + string.Join(" AND ", all.Parts.Select(part => Write(part, place, wide))) + ")"),
        Filter.Any any => Inside(OpenBranch, wide, () => "(" + string.Join(" OR ", any.Parts.Select(part => Write(part, place, wide))) + ")"),
        // NULL counts as false, so that its negation is true.
        Filter.Not not => Inside(OpenNot, wide, () => $"({Write(not.Inner, place, !wide)} IS NOT TRUE)"),
        Filter.Where where => Write(where, place, wide),
        _ => Unsure(wide),
    };

    private string Inside(int open, bool wide, Func<string> write)
    {
        if (_open + open > MaxOpen) return Unsure(wide);
        _open += open;
        var written = write();
        _open -= open;
        return written;
    }

    private string Write(Filter.Where where, Place place, bool wide)
    {
        var parts = where.Path.Parts;
        if (parts.Count == 0) return new TestSqlWriter(this, where.Path.Field, wide).One(place.Element, where.Test);
        if (parts.Count > MaxWrittenPath || !parts.All(CanBeNamed) || parts.Skip(1).Any(FieldPath.IsPlace)) return Unsure(wide);
        if (!place.IsRoot) return Below(json.Member(place.Node, Key(parts[0])), where, 1, wide);
        var field = where.Path.Field;
        switch (field.Source)
        {
            case FieldSource.Memory: return Unsure(wide);
            case FieldSource.MomentColumn when parts.Count > 1: return where.Test.Holds(QueryValue.Missing) ? "true" : "false";
            case FieldSource.MomentColumn: return new MomentSqlWriter(this, field.Column).Write(where.Test);
            case FieldSource.Id: return Below(json.TextColumn(field.Column), where, 1, wide);
            case FieldSource.NumberColumn: return Below(json.NumberColumn(field.Column), where, 1, wide);
        }
        var member = json.Member(place.Node, Key(parts[0]));
        return Below(field.Default is null ? member : json.WithDefault(member, field.Default), where, 1, wide);
    }

    /// <summary>What stands in a slot, with the rest of the path still to go.</summary>
    private string Below(JsonSlot slot, Filter.Where where, int at, bool wide)
    {
        if (at == where.Path.Parts.Count) return new TestSqlWriter(this, where.Path.Field, wide).AtEnd(slot, where.Test);
        var key = Key(where.Path.Parts[at]);
        var alias = NextAlias();
        var element = json.Element(alias);
        var inObject = Inside(OpenObject, wide, () => Below(json.Member(slot.Node, key), where, at + 1, wide));
        var inArray = Inside(OpenArray, wide, () => Below(json.Member(ObjectOf(element), key), where, at + 1, wide));
        var missing = where.Test.Holds(QueryValue.Missing) ? "true" : "false";
        return $"(CASE {slot.Type} WHEN 'object' THEN {inObject} WHEN 'array' THEN EXISTS (SELECT 1 FROM {json.Elements(slot, alias)} WHERE {element.Type} = 'object' AND {inArray}) ELSE {missing} END)";
    }

    /// <summary>Conditions on one element of an array.</summary>
    public string Element(JsonSlot slot, bool wide, Func<JsonSlot, string> condition)
    {
        var alias = NextAlias();
        return Inside(OpenElement, wide, () => $"({slot.Type} = 'array' AND EXISTS (SELECT 1 FROM {json.Elements(slot, alias)} WHERE {condition(json.Element(alias))}))");
    }

    public string WriteElement(Test.HasElement test, JsonSlot element, bool wide) => test.OfObjects
        ? $"{element.Type} = 'object' AND {Write(test.Conditions, new Place(ObjectOf(element), IsRoot: false), wide)}"
        : Write(test.Conditions, new Place(element.Node, IsRoot: false) { Element = element }, wide);

    public JsonDialect Json => json;

    public string Parameter(object? value)
    {
        var name = "f" + _values.Count.ToString(CultureInfo.InvariantCulture);
        _values.Add((name, value));
        return "@" + name;
    }

    /// <summary>This database cannot tell: every row may be one (or, inside a negation, none is sure to be one).</summary>
    public string Unsure(bool wide)
    {
        Exact = false;
        return wide ? "true" : "false";
    }

    /// <summary>Something wider where that is safe.</summary>
    public string Unsure(bool wide, string wider)
    {
        Exact = false;
        return wide ? wider : "false";
    }

    private string Key(string member) => Parameter(json.Key(member));

    private string NextAlias() => "e" + (_aliases++).ToString(CultureInfo.InvariantCulture);

    /// <summary>The element as an object; the text of a scalar is no JSON, and no condition may stumble over it.</summary>
    private static string ObjectOf(JsonSlot element) => $"(CASE WHEN {element.Type} = 'object' THEN {element.Node} END)";

    /// <summary>A name that every database finds as it was written: no quotes, and nothing that may stand escaped in the stored text.</summary>
    private static bool CanBeNamed(string part) => part.All(unit => char.IsLetterOrDigit(unit) && !char.IsSurrogate(unit) || unit is '_' or '-' or ' ');

    private readonly record struct Place(string Node, bool IsRoot)
    {
        /// <summary>Where the condition is on the element itself.</summary>
        public JsonSlot Element { get; init; }
    }
}
