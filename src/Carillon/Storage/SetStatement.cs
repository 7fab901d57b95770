namespace Carillon.Storage;

/// <summary>The column types that both databases have. Times are <see cref="BigInt"/>: milliseconds since 1970 in UTC.</summary>
public enum SqlType { SmallInt, Int, BigInt, Text, Blob }

/// <summary>One column of a set: its name in the statement and how to take its value from an item.</summary>
public sealed record Column<T>(string Name, SqlType Type, Func<T, object?> Get)
{
    /// <summary>A column of whole numbers. They come to the statement as they are: an object for each would be garbage.</summary>
    public Column(string name, SqlType type, Func<T, long> number) : this(name, type, new Func<T, object?>(item => number(item))) => Number = number;

    /// <summary>Null where the values are no whole numbers, or may be absent.</summary>
    public Func<T, long>? Number { get; }
}

/// <summary>
/// A statement over a set of items. Its text reads the items from <c>{set}</c>, which stands for a relation <c>r</c> with
/// the given columns; on SQLite the statement runs once per item, on PostgreSQL once over arrays. One text serves both:
/// <c>INSERT INTO t (a, b) SELECT a, b FROM {set} WHERE true</c>.
/// </summary>
/// <remarks>
/// Where the tables are spread over machines, the statement runs once per shard of the items, with <c>r.shard</c> bound to that
/// shard. A table is therefore joined by <c>t.shard = r.shard</c>; a statement that compares whole rows instead,
/// <c>(shard, id) {in_set}</c>, says <c>{in_shard}</c> before that.
/// </remarks>
public sealed class SetStatement<T>(string text, params Column<T>[] columns)
{
    public string Text { get; } = text;
    public IReadOnlyList<Column<T>> Columns { get; } = columns;

    /// <summary>The column that says on which shard an item's rows stand; null for the small tables, which have none.</summary>
    public Column<T>? Shard { get; } = Array.Find(columns, column => column.Name == "shard");

    /// <summary>The most rows that each item may give. 0: as many as there are.</summary>
    public int MostPerItem { get; init; }
}
