namespace Carillon.Templates;

internal abstract class Condition
{
    public abstract bool Holds(Renderer renderer);
}

// Chains are flat, not trees: a chain of a hundred thousand ands must not be a hundred thousand stack frames.
internal sealed class All(Condition[] parts) : Condition
{
    public override bool Holds(Renderer renderer)
    {
        foreach (var part in parts)
        {
            if (renderer.Stopped || !part.Holds(renderer))
                return false;
        }
        return true;
    }
}

internal sealed class Any(Condition[] parts) : Condition
{
    public override bool Holds(Renderer renderer)
    {
        foreach (var part in parts)
        {
            if (renderer.Stopped || part.Holds(renderer))
                return !renderer.Stopped;
        }
        return false;
    }
}

internal sealed class Not(Condition part) : Condition
{
    public override bool Holds(Renderer renderer) => !part.Holds(renderer);
}

internal sealed class Truth(Operand operand) : Condition
{
    public override bool Holds(Renderer renderer) => operand.Read(renderer).IsTrue;
}

internal enum Operator { Equal, Contains, In, More, Less, MoreOrEqual, LessOrEqual }

internal sealed class Comparison(Operand left, Operator op, Operand right) : Condition
{
    public override bool Holds(Renderer renderer)
    {
        var a = left.Read(renderer);
        var b = right.Read(renderer);
        return op switch
        {
            Operator.Equal => Comparing.Equal(a, b),
            Operator.Contains => Comparing.Contains(a, b, renderer),
            Operator.In => Comparing.Contains(b, a, renderer),
            Operator.More => Comparing.Order(a, b) > 0,
            Operator.Less => Comparing.Order(a, b) < 0,
            Operator.MoreOrEqual => Comparing.Order(a, b) >= 0,
            _ => Comparing.Order(a, b) <= 0,
        };
    }
}
