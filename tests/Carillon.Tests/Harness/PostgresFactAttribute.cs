namespace Carillon.Tests.Harness;

/// <summary>A test of what only PostgreSQL can do; shown as skipped where the tests run on SQLite.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute()
    {
        if (!TestStore.IsPostgres) Skip = "Needs PostgreSQL (CARILLON_TEST_POSTGRES); ./test runs it there.";
    }
}
