namespace Carillon.Storage;

/// <summary>PostgreSQL keeps rows where they fall, and has many writers.</summary>
public sealed class PostgresDialect : Dialect
{
    public static readonly PostgresDialect Instance = new();

    public override JsonDialect Json => PostgresJson.Instance;
    // Else an index is in the order of the database's language: dearer to compare, and wrong after the system's C library changes that order.
    protected override string Key => "text COLLATE \"C\"";
    protected override string Clustered => "";
    protected override string ForUpdate => "FOR UPDATE";
    protected override string SkipLocked => "FOR UPDATE SKIP LOCKED";
    protected override string Size => "octet_length";
}
