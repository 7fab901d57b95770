namespace Carillon.Storage;

/// <summary>SQLite has one writer, so nobody else can hold or take rows while a transaction writes.</summary>
public sealed class SqliteDialect : Dialect
{
    public static readonly SqliteDialect Instance = new();

    public override JsonDialect Json => SqliteJson.Instance;
    protected override string Key => "text";
    protected override string Clustered => "WITHOUT ROWID";
    protected override string ForUpdate => "";
    protected override string SkipLocked => "";
    protected override string Size => "length";
}
