namespace Carillon.Query;

/// <summary>Looks a root member of a document up; false when the document does not have it.</summary>
public delegate bool Lookup(string name, out System.Text.Json.Nodes.JsonNode? value);

/// <summary>
/// A MongoDB filter as a tree. It is parsed once (<see cref="FilterParser"/>); <see cref="Matches"/> decides in memory what it finds, and
/// <see cref="FilterSql"/> says the same to a database.
/// </summary>
public abstract record Filter
{
    public abstract bool Matches(Lookup root);

    /// <summary>It matches whatever there is, for no condition could say no.</summary>
    public bool TakesAll => this switch
    {
        All all => all.Parts.All(part => part.TakesAll),
        Any any => any.Parts.Any(part => part.TakesAll),
        Not not => not.Inner.TakesNone,
        _ => false,
    };

    private bool TakesNone => this switch
    {
        All all => all.Parts.Any(part => part.TakesNone),
        Any any => any.Parts.All(part => part.TakesNone),
        Not not => not.Inner.TakesAll,
        _ => false,
    };

    /// <summary><c>$and</c>, and several conditions side by side. None: everything.</summary>
    public sealed record All(IReadOnlyList<Filter> Parts) : Filter
    {
        public override bool Matches(Lookup root)
        {
            foreach (var part in Parts)
            {
                if (!part.Matches(root)) return false;
            }
            return true;
        }
    }

    /// <summary><c>$or</c>. None: nothing.</summary>
    public sealed record Any(IReadOnlyList<Filter> Parts) : Filter
    {
        public override bool Matches(Lookup root)
        {
            foreach (var part in Parts)
            {
                if (part.Matches(root)) return true;
            }
            return false;
        }
    }

    /// <summary><c>$nor</c>, <c>$not</c>, <c>$ne</c>, <c>$nin</c> and <c>$exists: false</c>.</summary>
    public sealed record Not(Filter Inner) : Filter
    {
        public override bool Matches(Lookup root) => !Inner.Matches(root);
    }

    /// <summary>A condition on what stands at a path.</summary>
    public sealed record Where(FieldPath Path, Test Test) : Filter
    {
        public override bool Matches(Lookup root) => Path.Any(root, Test);
    }
}
