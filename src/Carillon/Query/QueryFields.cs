namespace Carillon.Query;

/// <summary>What the fields of a database mean to a filter. A field that is not listed is a member of the document, of any type.</summary>
public sealed class QueryFields(IEnumerable<QueryField> fields)
{
    public static readonly QueryFields None = new([]);

    private readonly Dictionary<string, QueryField> _byPath = fields.ToDictionary(field => field.Path, StringComparer.Ordinal);

    /// <summary>A path below a listed field starts where that one stands.</summary>
    public QueryField Find(string path)
    {
        if (_byPath.TryGetValue(path, out var field)) return field;
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && _byPath.TryGetValue(path[..dot], out var root)
            ? new QueryField(path) { Source = root.Source, Column = root.Column, Default = root.Default }
            : new QueryField(path);
    }
}

/// <param name="Path">The dotted path, such as <c>email</c> or <c>subscriptions.email</c>.</param>
public sealed record QueryField(string Path)
{
    public FieldSource Source { get; init; }
    /// <summary>The column, where it stands in one.</summary>
    public string Column { get; init; } = "";
    /// <summary>Its values are dates, and texts that read as a date are compared as dates.</summary>
    public bool IsDate { get; init; }
    /// <summary>What it is where a document does not have it, as JSON: <c>0</c> or <c>[]</c>.</summary>
    public string? Default { get; init; }
    /// <summary>Brings a text to the form that is stored (an e-mail to lower case); null leaves it as it is.</summary>
    public Func<string, string?>? Normalise { get; init; }
    /// <summary>The kind of its rows in the lookup of contacts: what it equals is found without looking at every profile.</summary>
    public string? ContactKind { get; init; }
    /// <summary>The texts under which a value stands in the lookup; null where it does not.</summary>
    public Func<QueryValue, IEnumerable<string>?>? ContactTexts { get; init; }
}

public enum FieldSource
{
    /// <summary>A member of the document.</summary>
    Document,
    /// <summary>The row's key: a text.</summary>
    Id,
    /// <summary>A column with a number.</summary>
    NumberColumn,
    /// <summary>A column with milliseconds since 1970: a date.</summary>
    MomentColumn,
    /// <summary>Worked out from others; no statement knows it.</summary>
    Memory,
}
