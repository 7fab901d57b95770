using System.Text.Json;
using System.Text.Json.Nodes;
using Carillon.Storage;

namespace Carillon.Query;

/// <summary>Reads the conditions on one field: a value it equals, or an object of operators.</summary>
internal sealed class OperatorReader(FilterParser parser, OperandReader operands)
{
    private const string Known = "$eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $not, $exists, $type, $regex, $options, $all, $elemMatch, $size, $mod";

    private int _patterns;

    public Filter ReadField(FieldPath path, JsonNode? given, int depth)
    {
        if (given is JsonObject { Count: > 0 } operators && OperandReader.IsOperator(operators) && operators.First().Key is not ("$date" or "$oid" or "$numberLong" or "$numberInt" or "$numberDouble"))
            return ReadOperators(path, operators, depth);
        return Equal(path, given, string.Join('.', path.Parts));
    }

    private Filter ReadOperators(FieldPath path, JsonObject operators, int depth)
    {
        if (depth > QueryLimits.MaxDepth) throw new FilterObjection($"the operators stand more than {QueryLimits.MaxDepth} deep inside each other");
        if (operators.ContainsKey("$options") && !operators.ContainsKey("$regex")) throw new FilterObjection("operator '$options' needs '$regex' beside it");
        List<Filter> parts = [];
        foreach (var (name, value) in operators)
        {
            if (name != "$options") parts.Add(ReadOperator(path, name, value, operators, depth));
        }
        return parts is [var single] ? single : new Filter.All(parts);
    }

    private Filter ReadOperator(FieldPath path, string name, JsonNode? value, JsonObject beside, int depth) => name switch
    {
        "$eq" => Equal(path, value, name),
        "$ne" => new Filter.Not(Equal(path, value, name)),
        "$in" => In(path, name, value),
        "$nin" => new Filter.Not(In(path, name, value)),
        "$gt" => Compare(path, name, Order.Greater, value),
        "$gte" => Compare(path, name, Order.GreaterOrEqual, value),
        "$lt" => Compare(path, name, Order.Less, value),
        "$lte" => Compare(path, name, Order.LessOrEqual, value),
        "$not" => Not(path, value, depth),
        "$exists" => Exists(path, value),
        "$type" => Where(path, new Test.HasType(Types(value))),
        "$regex" => Where(path, new Test.Matches(ReadPattern(value, beside["$options"]))),
        "$all" => All(path, value, depth),
        "$elemMatch" => Where(path, ReadElement(path, value, depth)),
        "$size" => Where(path, new Test.Size(WholeNumber(name, value))),
        "$mod" => Where(path, Modulo(value)),
        "$where" or "$function" or "$expr" or "$accumulator" => throw new FilterObjection($"operator '{name}' is not allowed: only comparisons of fields with values are"),
        _ when !name.StartsWith('$') => throw new FilterObjection($"'{ShortText.Cut(name)}' stands beside operators; a field is compared with a value or with operators, not with both"),
        _ => throw new FilterObjection($"there is no operator '{ShortText.Cut(name)}' on a field; known are {Known}"),
    };

    private Filter.Where Where(FieldPath path, Test test)
    {
        parser.Count();
        return new Filter.Where(path, test);
    }

    private Filter Equal(FieldPath path, JsonNode? value, string name) => Where(path, new Test.In(new ValueSet([operands.Read(value, path.Field, name)])));

    private Filter.Where In(FieldPath path, string name, JsonNode? value)
    {
        if (value is not JsonArray items) throw new FilterObjection($"operator '{name}' takes an array of values, and {OperandReader.Shown(value)} is none");
        return Where(path, new Test.In(new ValueSet(items.Select(item => operands.Read(item, path.Field, name)))));
    }

    /// <summary>Null is neither greater nor less than anything, but it is equal to itself; and false comes before true.</summary>
    private Filter Compare(FieldPath path, string name, Order order, JsonNode? value)
    {
        var with = operands.Read(value, path.Field with { Normalise = null }, name);
        var orEqual = order is Order.GreaterOrEqual or Order.LessOrEqual;
        switch (with.Type)
        {
            case QueryType.Null: return Where(path, new Test.In(new ValueSet(orEqual ? [QueryValue.Null] : [])));
            case QueryType.Bool:
                var lower = order is Order.Less or Order.LessOrEqual;
                List<bool> truths = orEqual ? [with.Truth] : [];
                if (with.Truth == lower) truths.Add(!with.Truth);
                return Where(path, new Test.In(new ValueSet(truths.Select(QueryValue.Of))));
            case QueryType.Object or QueryType.Array: throw new FilterObjection($"operator '{name}' compares numbers, texts, dates and booleans, not objects and arrays");
            default: return Where(path, new Test.Compare(order, with));
        }
    }

    private Filter Not(FieldPath path, JsonNode? value, int depth)
    {
        if (value is JsonObject { Count: > 0 } operators && OperandReader.IsOperator(operators)) return new Filter.Not(ReadOperators(path, operators, depth + 1));
        throw new FilterObjection("operator '$not' takes an object of operators, such as {\"$gt\": 5}; to compare with a value there is '$ne'");
    }

    private Filter Exists(FieldPath path, JsonNode? value)
    {
        var wanted = value is not JsonValue scalar || scalar.GetValueKind() switch
        {
            JsonValueKind.False => false,
            JsonValueKind.Number => Number.Of(scalar).CompareTo(Number.Of(0L)) != 0,
            _ => true,
        };
        if (value is null or not JsonValue || value.GetValueKind() == JsonValueKind.String) throw new FilterObjection($"operator '$exists' takes true or false, and not {OperandReader.Shown(value)}");
        var exists = Where(path, new Test.Exists());
        return wanted ? exists : new Filter.Not(exists);
    }

    private static List<TypeName> Types(JsonNode? value)
    {
        var names = value is JsonArray many ? [.. many] : new List<JsonNode?> { value };
        if (names.Count == 0) throw new FilterObjection("operator '$type' takes the name of a type, or an array of names");
        return [.. names.Select(name => name is JsonValue scalar && TypeNames.TryFind(scalar.GetValueKind() == JsonValueKind.String ? scalar.GetValue<string>() : scalar.ToJsonString(), out var type)
            ? type
            : throw new FilterObjection($"operator '$type': {OperandReader.Shown(name)} is not a type; known are number, int, long, double, string, object, array, bool, date and null")).Distinct()];
    }

    private Pattern ReadPattern(JsonNode? value, JsonNode? options)
    {
        if (++_patterns > QueryLimits.MaxPatterns) throw new FilterObjection($"operator '$regex' stands more than {QueryLimits.MaxPatterns} times");
        if (value is not JsonValue text || text.GetValueKind() != JsonValueKind.String) throw new FilterObjection($"operator '$regex' takes a text, and not {OperandReader.Shown(value)}");
        if (options is not null && (options is not JsonValue || options.GetValueKind() != JsonValueKind.String)) throw new FilterObjection("operator '$options' takes a text of the letters i, m, s and x");
        var (pattern, problem) = Pattern.Read(text.GetValue<string>(), options?.GetValue<string>() ?? "");
        return pattern ?? throw new FilterObjection($"operator '$regex': '{ShortText.Cut(text.GetValue<string>())}' {problem}");
    }

    private Filter All(FieldPath path, JsonNode? value, int depth)
    {
        if (value is not JsonArray items) throw new FilterObjection($"operator '$all' takes an array, and not {OperandReader.Shown(value)}");
        if (items.Count == 0) return new Filter.Any([]);
        return new Filter.All([.. items.Select(item => item is JsonObject { Count: 1 } single && single.First() is { Key: "$elemMatch" } element
            ? Where(path, ReadElement(path, element.Value, depth))
            : Equal(path, item, "$all"))]);
    }

    /// <summary>Operators alone are about the element itself; names of fields, and <c>$and</c> and the like, about its members.</summary>
    private Test.HasElement ReadElement(FieldPath path, JsonNode? value, int depth)
    {
        if (value is not JsonObject conditions) throw new FilterObjection($"operator '$elemMatch' takes an object, and not {OperandReader.Shown(value)}");
        var ofValues = conditions.Count > 0 && OperandReader.IsOperator(conditions) && conditions.First().Key is not ("$and" or "$or" or "$nor" or "$comment" or "$where" or "$expr");
        return ofValues
            ? new Test.HasElement(ReadOperators(new FieldPath([], path.Field with { ContactKind = null }), conditions, depth + 1), OfObjects: false)
            : new Test.HasElement(parser.Read(conditions, path.Field.Path + ".", depth + 1), OfObjects: true);
    }

    private static int WholeNumber(string name, JsonNode? value) =>
        value is JsonValue scalar && scalar.GetValueKind() == JsonValueKind.Number && Number.Of(scalar) is { IsWhole: true, Whole: >= 0 and <= int.MaxValue } number
            ? (int)number.Whole
            : throw new FilterObjection($"operator '{name}' takes a whole number from 0, and not {OperandReader.Shown(value)}");

    private static Test.Modulo Modulo(JsonNode? value)
    {
        if (value is not JsonArray { Count: 2 } pair || Cut(pair[0]) is not { } divisor || Cut(pair[1]) is not { } remainder)
            throw new FilterObjection("operator '$mod' takes two numbers, the divisor and the remainder: [4, 0]");
        return divisor == 0 ? throw new FilterObjection("operator '$mod' cannot divide by 0") : new Test.Modulo(divisor, remainder);
    }

    private static long? Cut(JsonNode? value)
    {
        if (value is not JsonValue scalar || scalar.GetValueKind() != JsonValueKind.Number) return null;
        var number = Number.Of(scalar);
        if (number.IsWhole) return number.Whole;
        return Math.Abs(number.Real) < 9.2e18 ? (long)number.Real : null;
    }
}
