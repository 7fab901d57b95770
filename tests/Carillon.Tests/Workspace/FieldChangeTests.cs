using Carillon.Storage;

namespace Carillon.Tests.Workspace;

public sealed class FieldChangeTests : IAsyncLifetime
{
    private readonly TemporaryDatabase _temporary = new();
    private Database _database = null!;

    public async Task InitializeAsync()
    {
        _database = await _temporary.OpenAsync();
        await _database.ApplyAsync(Fields("{name: age, type: int}, {name: CRM_ID, type: string, unique: true}"));
    }

    public Task DisposeAsync() => _temporary.DeleteAsync();

    [Theory]
    [InlineData("{name: age, type: string}", "line 3, column 36: databases[0].fields[0].type: cannot change in a database that has profiles: age was int")]
    [InlineData("{name: age, type: int, unique: true}", "line 3, column 49: databases[0].fields[0].unique: cannot change in a database that has profiles: age was not unique")]
    [InlineData("{name: age, type: int, indexed: true}", "line 3, column 50: databases[0].fields[0].indexed: cannot change in a database that has profiles: age was not indexed")]
    [InlineData("{name: CRM_ID, type: string}", "line 3, column 18: databases[0].fields[0].unique: cannot change in a database that has profiles: CRM_ID was unique")]
    public async Task A_field_stays_as_it_is_once_there_are_profiles(string field, string expected)
    {
        await GivenAProfileInAsync(database: 1);

        var result = await _database.ApplyAsync(Fields(field));

        result.Errors.Select(error => error.ToString()).ShouldBe([expected]);
        (await _database.ModelAsync()).Version.ShouldBe(1);
    }

    [Fact]
    public async Task A_field_may_change_while_only_other_databases_have_profiles()
    {
        await GivenAProfileInAsync(database: 2);

        var result = await _database.ApplyAsync(Fields("{name: age, type: string, indexed: true}"));

        result.Lines.ShouldBe(["changed database 1 \"Customers\": fields.age.type, fields.age.indexed"]);
    }

    [Fact]
    public async Task A_new_field_may_be_unique_although_there_are_profiles()
    {
        await GivenAProfileInAsync(database: 1);

        var result = await _database.ApplyAsync(Fields("{name: card, type: string, unique: true}"));

        result.Lines.ShouldBe(["changed database 1 \"Customers\": fields.card"]);
        (await _database.ModelAsync()).Databases[1].Fields["card"].Unique.ShouldBeTrue();
    }

    private static string Fields(string fields) => $"databases:\n  - {{id: 1, name: Customers, fields: [\n                 {fields}]}}";

    private Task GivenAProfileInAsync(int database) => _database.WriteAsync(session => session.ExecuteAsync(
        "INSERT INTO profiles (shard, id, db_id, doc, created, updated) VALUES (0, 'p', @db_id, '{}', 0, 0)",
        CancellationToken.None, ("db_id", database)), CancellationToken.None);
}
