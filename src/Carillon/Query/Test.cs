using System.Text.Json.Nodes;

namespace Carillon.Query;

/// <summary>What a condition asks of one value.</summary>
public abstract record Test
{
    /// <summary>Whether it may also hold for an element of an array, instead of the array.</summary>
    public virtual bool LooksIntoArrays => true;

    public abstract bool Holds(QueryValue value);

    /// <summary>Is it any of these? Null is also what is missing.</summary>
    public sealed record In(ValueSet Values) : Test
    {
        public override bool Holds(QueryValue value) => Values.Contains(value);
    }

    /// <summary><c>$gt</c>, <c>$gte</c>, <c>$lt</c>, <c>$lte</c> with a number, a text or a date.</summary>
    public sealed record Compare(Order Order, QueryValue With) : Test
    {
        public override bool Holds(QueryValue value)
        {
            if (value.Type != With.Type) return false;
            var order = value.CompareTo(With);
            return Order switch { Order.Greater => order > 0, Order.GreaterOrEqual => order >= 0, Order.Less => order < 0, _ => order <= 0 };
        }
    }

    public sealed record Matches(Pattern Pattern) : Test
    {
        public override bool Holds(QueryValue value) => value.Type == QueryType.Text && Pattern.IsMatch(value.Text);
    }

    public sealed record HasType(IReadOnlyList<TypeName> Types) : Test
    {
        public override bool Holds(QueryValue value)
        {
            foreach (var type in Types)
            {
                if (TypeNames.Is(value, type)) return true;
            }
            return false;
        }
    }

    public sealed record Modulo(long Divisor, long Remainder) : Test
    {
        /// <summary>A number is cut to a whole one first; one beyond 64 bits has no remainder.</summary>
        public override bool Holds(QueryValue value)
        {
            if (value.Type != QueryType.Number) return false;
            if (value.Number.IsWhole) return Remains(value.Number.Whole) == Remainder;
            return Math.Abs(value.Number.Real) < 9.2e18 && Remains((long)value.Number.Real) == Remainder;
        }

        /// <summary>The smallest number divided by -1 does not fit; everything divided by -1 leaves 0.</summary>
        private long Remains(long whole) => Divisor == -1 ? 0 : whole % Divisor;
    }

    public sealed record Exists : Test
    {
        public override bool LooksIntoArrays => false;
        public override bool Holds(QueryValue value) => value.Type != QueryType.Missing;
    }

    public sealed record Size(int Count) : Test
    {
        public override bool LooksIntoArrays => false;
        public override bool Holds(QueryValue value) => value.Node is JsonArray items && items.Count == Count;
    }

    /// <summary><c>$elemMatch</c>: one element for which all conditions hold.</summary>
    /// <param name="OfObjects">The conditions are on members of the element, which then is an object; else on the element itself.</param>
    public sealed record HasElement(Filter Conditions, bool OfObjects) : Test
    {
        public override bool LooksIntoArrays => false;

        public override bool Holds(QueryValue value)
        {
            if (value.Node is not JsonArray items) return false;
            foreach (var item in items)
            {
                if (OfObjects ? item is JsonObject members && Conditions.Matches(members.TryGetPropertyValue) : Conditions.Matches(Itself(item))) return true;
            }
            return false;
        }

        private static Lookup Itself(JsonNode? item) => (string _, out JsonNode? value) =>
        {
            value = item;
            return true;
        };
    }
}

public enum Order { Greater, GreaterOrEqual, Less, LessOrEqual }
