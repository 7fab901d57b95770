namespace Carillon.Templates;

/// <summary>
/// or &lt; and &lt; not &lt; comparison. The original wants parentheses around every pair, a and (b and c); they are
/// accepted, and so is the chain without them.
/// </summary>
internal sealed class ConditionParser(Cursor cursor, OperandParser operands)
{
    const int MaxDepth = 64;

    int _depth;

    public Condition? Condition() => Chain("or", AndChain, parts => new Any([.. parts]));

    Condition? AndChain() => Chain("and", Unary, parts => new All([.. parts]));

    Condition? Chain(string word, Func<Condition?> next, Func<List<Condition>, Condition> join)
    {
        var parts = new List<Condition>();
        do
        {
            if (next() is not { } part)
                return null;
            parts.Add(part);
            cursor.SkipSpace();
        }
        while (cursor.TryTakeWord(word));
        return parts.Count == 1 ? parts[0] : join(parts);
    }

    Condition? Unary()
    {
        cursor.SkipSpace();
        if (_depth >= MaxDepth)
            return cursor.Fail<Condition>($"more than {MaxDepth} parentheses or nots inside each other");
        _depth++;
        var condition = cursor.TryTakeWord("not") ? Negated(Unary())
            : cursor.TryTake("(") ? Closed(Condition())
            : Comparison();
        _depth--;
        return condition;
    }

    static Not? Negated(Condition? condition) => condition is null ? null : new Not(condition);

    Condition? Closed(Condition? condition)
    {
        cursor.SkipSpace();
        return condition is null || cursor.TryTake(")") ? condition : cursor.Fail<Condition>("expected )");
    }

    Condition? Comparison()
    {
        if (operands.Operand() is not { } left)
            return null;
        cursor.SkipSpace();
        var negated = cursor.TryTakeWord("not");
        cursor.SkipSpace();
        if (TakeOperator(negated) is not { } op)
            return negated ? cursor.Fail<Condition>("expected equal, contains or in after not") : new Truth(left);
        if (operands.Operand() is not { } right)
            return null;
        var comparison = new Comparison(left, op, right);
        return negated ? new Not(comparison) : comparison;
    }

    Operator? TakeOperator(bool wordsOnly)
    {
        if (cursor.TryTakeWord("equal"))
            return Operator.Equal;
        if (cursor.TryTakeWord("contains"))
            return Operator.Contains;
        if (cursor.TryTakeWord("in"))
            return Operator.In;
        if (wordsOnly)
            return null;
        if (cursor.TryTake(">"))
            return cursor.TryTake("=") ? Operator.MoreOrEqual : Operator.More;
        if (cursor.TryTake("<"))
            return cursor.TryTake("=") ? Operator.LessOrEqual : Operator.Less;
        return null;
    }
}
