namespace Carillon.Templates;

/// <summary>When two values are equal, which is larger, which holds the other. Shared by conditions and JSONPath filters.</summary>
internal static class Comparing
{
    /// <summary>
    /// Two texts are equal letter for letter ("007" is not "7"). A number equals a text that says the same number, a bool
    /// equals the words true and false and the numbers 1 and 0. Missing equals only missing and "". Lists and objects equal
    /// nothing: what two of them have in common is a question for <c>in</c> and <c>contains</c>.
    /// </summary>
    public static bool Equal(Value left, Value right)
    {
        if (left.Kind == ValueKind.Missing || right.Kind == ValueKind.Missing)
            return IsBlank(left) && IsBlank(right);
        if (!left.IsScalar || !right.IsScalar)
            return false;
        if (left.Kind == ValueKind.Text && right.Kind == ValueKind.Text)
            return left.ToText() == right.ToText();
        if (left.Kind == ValueKind.Bool || right.Kind == ValueKind.Bool)
            return AsBool(left) is { } bit && bit == AsBool(right);
        return Order(left, right) == 0;
    }

    /// <summary>
    /// Numbers and texts that are numbers by size, other texts by character code. Null when the two have no order, and then
    /// none of &lt; &gt; &lt;= &gt;= holds.
    /// </summary>
    public static int? Order(Value left, Value right)
    {
        if (left.TryDecimal(out var a) && right.TryDecimal(out var b))
            return a.CompareTo(b);
        if (left.TryDouble(out var x) && right.TryDouble(out var y))
            return x.CompareTo(y);
        if (left.Kind == ValueKind.Text && right.Kind == ValueKind.Text)
            return string.CompareOrdinal(left.ToText(), right.ToText());
        return null;
    }

    /// <summary>A list holds an equal item, an object a key, any other value a part of its text. Nothing holds "".</summary>
    public static bool Contains(Value whole, Value part, Renderer renderer)
    {
        if (part.IsEmpty || !part.IsScalar)
            return false;
        if (whole.IsList)
            return ListContains(whole, part, renderer);
        if (whole.Kind == ValueKind.Object)
            return whole.Fields.ContainsKey(part.ToText());
        return TextContains(whole.ToText(), part.ToText(), renderer);
    }

    // A search for "aa...ab" in "aa...aa" costs the product of the lengths.
    static bool TextContains(string whole, string part, Renderer renderer)
    {
        renderer.SpendOnProduct(whole.Length, part.Length);
        return !renderer.Stopped && whole.Contains(part, StringComparison.Ordinal);
    }

    static bool ListContains(Value list, Value part, Renderer renderer)
    {
        foreach (var item in list.Items)
        {
            // the part too: a text of a million digits is read as a number for every number in the list
            if (Equal(renderer.Read(item), renderer.Pay(part)) || renderer.Stopped)
                return !renderer.Stopped;
        }
        return false;
    }

    static bool IsBlank(Value value) => value.Kind == ValueKind.Missing || (value.Kind == ValueKind.Text && value.IsEmpty);

    static bool? AsBool(Value value) => value.Kind switch
    {
        ValueKind.Bool => value.Bool,
        ValueKind.Number => value.TryDecimal(out var number) && number is 0 or 1 ? number == 1 : null,
        _ => bool.TryParse(value.ToText(), out var word) ? word : null,
    };
}
