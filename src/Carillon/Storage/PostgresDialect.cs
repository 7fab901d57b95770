namespace Carillon.Storage;

/// <summary>PostgreSQL keeps rows where they fall, and has many writers.</summary>
public sealed class PostgresDialect : Dialect
{
    public static readonly PostgresDialect Instance = new();

    public override JsonDialect Json => PostgresJson.Instance;
    protected override string Clustered => "";
    protected override string ForUpdate => "FOR UPDATE";
    protected override string SkipLocked => "FOR UPDATE SKIP LOCKED";
    protected override string Size => "octet_length";
}
