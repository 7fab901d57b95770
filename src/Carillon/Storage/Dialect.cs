namespace Carillon.Storage;

/// <summary>What two databases write differently. Statements name these in braces; everything else is one text for both.</summary>
public abstract class Dialect
{
    /// <summary><c>{key}</c> as the type of a column: a text by which rows are found, compared and put in order by its bytes.</summary>
    protected abstract string Key { get; }
    /// <summary><c>{clustered}</c> after a table: keep the rows in the order of the primary key, where that can be said.</summary>
    protected abstract string Clustered { get; }
    /// <summary><c>{for_update}</c> after a SELECT: hold the rows until the end of the transaction.</summary>
    protected abstract string ForUpdate { get; }
    /// <summary><c>{skip_locked}</c> after a SELECT: take the rows that nobody else is taking.</summary>
    protected abstract string SkipLocked { get; }

    /// <summary><c>{size}(doc)</c>: the length of a text as it costs least, in bytes or in characters.</summary>
    protected abstract string Size { get; }

    /// <summary><c>{in_shard}</c> before a condition: only a store that runs a set shard by shard says it.</summary>
    public const string InShard = "{in_shard}";

    /// <summary><c>(shard, id) {in_set}</c>: these columns are those of an item of the set, all of them in their order.</summary>
    public const string InSet = "{in_set}";

    /// <summary>How documents are looked into.</summary>
    public abstract JsonDialect Json { get; }

    public string Expand(string sql) => sql.Contains('{', StringComparison.Ordinal)
        ? sql.Replace("{key}", Key, StringComparison.Ordinal)
            .Replace("{clustered}", Clustered, StringComparison.Ordinal)
            .Replace("{for_update}", ForUpdate, StringComparison.Ordinal)
            .Replace("{skip_locked}", SkipLocked, StringComparison.Ordinal)
            .Replace("{size}", Size, StringComparison.Ordinal)
        : sql;
}
