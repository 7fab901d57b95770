namespace Carillon.Query;

/// <summary>The values of <c>$in</c>, or the one of an equality, by type.</summary>
public sealed class ValueSet
{
    public ValueSet(IEnumerable<QueryValue> values)
    {
        foreach (var value in values) Add(value);
    }

    public bool Null { get; private set; }
    public HashSet<bool> Truths { get; } = [];
    public HashSet<string> Texts { get; } = new(StringComparer.Ordinal);
    public HashSet<string> Dates { get; } = new(StringComparer.Ordinal);
    public HashSet<Number> Numbers { get; } = [];
    /// <summary>Objects and arrays.</summary>
    public List<QueryValue> Trees { get; } = [];

    public int Count => (Null ? 1 : 0) + Truths.Count + Texts.Count + Dates.Count + Numbers.Count + Trees.Count;

    public bool Contains(QueryValue value) => value.Type switch
    {
        QueryType.Missing or QueryType.Null => Null,
        QueryType.Text => Texts.Contains(value.Text),
        QueryType.Date => Dates.Contains(value.Text),
        QueryType.Number => Numbers.Contains(value.Number),
        QueryType.Bool => Truths.Contains(value.Truth),
        _ => Trees.Exists(tree => tree.EqualTo(value)),
    };

    /// <summary>All values that may stand in a lookup; none of null, objects and arrays does.</summary>
    public IEnumerable<QueryValue> Scalars =>
    [
        .. Texts.Select(QueryValue.Of), .. Dates.Select(QueryValue.DateOf), .. Numbers.Select(QueryValue.Of), .. Truths.Select(QueryValue.Of),
    ];

    private void Add(QueryValue value)
    {
        switch (value.Type)
        {
            case QueryType.Null: Null = true; break;
            case QueryType.Text: Texts.Add(value.Text); break;
            case QueryType.Date: Dates.Add(value.Text); break;
            case QueryType.Number: Numbers.Add(value.Number); break;
            case QueryType.Bool: Truths.Add(value.Truth); break;
            default: Trees.Add(value); break;
        }
    }
}
