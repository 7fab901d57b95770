using System.Text.Json.Nodes;
using Carillon.Storage;

namespace Carillon.Query;

/// <summary>
/// Reads a MongoDB filter document, once, into the tree that memory and databases work on. What is not allowed is refused with a
/// sentence that names the operator.
/// </summary>
public sealed class FilterParser
{
    private readonly QueryFields _fields;
    private readonly OperandReader _operands = new();
    private readonly OperatorReader _operators;
    private int _conditions;

    private FilterParser(QueryFields fields)
    {
        _fields = fields;
        _operators = new OperatorReader(this, _operands);
    }

    /// <summary>The tree, or why there is none.</summary>
    public static (Filter? Filter, string Problem) Parse(JsonObject document, QueryFields fields)
    {
        try
        {
            return (new FilterParser(fields).Read(document, prefix: "", depth: 0), "");
        }
        catch (FilterObjection objection)
        {
            return (null, objection.Message);
        }
    }

    /// <param name="prefix">The path of the array whose elements the conditions are on, with a dot; empty at the root.</param>
    internal Filter Read(JsonObject document, string prefix, int depth)
    {
        if (depth > QueryLimits.MaxDepth) throw new FilterObjection($"the operators stand more than {QueryLimits.MaxDepth} deep inside each other");
        List<Filter> parts = [];
        foreach (var (name, value) in document)
        {
            if (!name.StartsWith('$')) parts.Add(_operators.ReadField(PathOf(name, prefix), value, depth));
            else if (name != "$comment") parts.Add(Combine(name, value, prefix, depth));
        }
        // One without conditions is a piece of the statement too.
        if (parts.Count == 0) Count();
        return parts is [var single] ? single : new Filter.All(parts);
    }

    /// <summary>The path of a member of the array's elements, or of the document.</summary>
    private FieldPath PathOf(string name, string prefix)
    {
        var parts = name.Split('.');
        if (parts.Length > QueryLimits.MaxPath) throw new FilterObjection($"the path '{ShortText.Cut(name)}' has more than {QueryLimits.MaxPath} parts");
        if (parts.Any(part => part.Length == 0)) throw new FilterObjection($"the path '{ShortText.Cut(name)}' has an empty part");
        if (parts.FirstOrDefault(part => part.StartsWith('$')) is { } stray) throw new FilterObjection($"the path '{ShortText.Cut(name)}' holds '{ShortText.Cut(stray)}', which is an operator");
        return new FieldPath(parts, _fields.Find(prefix + name));
    }

    internal void Count()
    {
        if (++_conditions > QueryLimits.MaxConditions) throw new FilterObjection($"there are more than {QueryLimits.MaxConditions} conditions");
    }

    private Filter Combine(string name, JsonNode? value, string prefix, int depth) => name switch
    {
        "$and" => new Filter.All(Branches(name, value, prefix, depth)),
        "$or" => new Filter.Any(Branches(name, value, prefix, depth)),
        "$nor" => new Filter.Not(new Filter.Any(Branches(name, value, prefix, depth))),
        "$where" or "$function" or "$expr" or "$accumulator" or "$jsonSchema" or "$text" =>
            throw new FilterObjection($"operator '{name}' is not allowed: only comparisons of fields with values are"),
        _ => throw new FilterObjection($"there is no operator '{ShortText.Cut(name)}' at this place; known are $and, $or and $nor"),
    };

    private List<Filter> Branches(string name, JsonNode? value, string prefix, int depth)
    {
        if (value is not JsonArray { Count: > 0 } branches) throw new FilterObjection($"operator '{name}' takes an array of one or more filters");
        return [.. branches.Select(branch => branch is JsonObject filter ? Read(filter, prefix, depth + 1) : throw new FilterObjection($"operator '{name}' takes filters, and {OperandReader.Shown(branch)} is none"))];
    }
}

/// <summary>Carries a refusal out of the recursive readers to their one catch; never leaves the room.</summary>
internal sealed class FilterObjection(string message) : Exception(message);
