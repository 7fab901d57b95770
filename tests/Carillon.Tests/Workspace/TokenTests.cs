using Carillon.Storage;
using Carillon.Workspace;

namespace Carillon.Tests.Workspace;

public sealed class TokenTests : IAsyncLifetime
{
    private readonly TemporaryDatabase _temporary = new();
    private Database _database = null!;

    public async Task InitializeAsync() => _database = await _temporary.OpenAsync();

    public Task DisposeAsync() => _temporary.DeleteAsync();

    [Fact]
    public async Task A_token_without_a_secret_is_made_and_shown_once()
    {
        var first = await _database.ApplyAsync("tokens: [{name: api}]");
        var second = await _database.ApplyAsync("tokens: [{name: api}]");

        var made = first.NewTokens.Single();
        made.Secret.ShouldMatch("^[0-9a-f]{32}$");
        made.ToString().ShouldNotContain(made.Secret);
        second.NewTokens.ShouldBeEmpty();
        second.Lines.ShouldBe(["unchanged 1"]);
        (await FindAsync(made.Secret)).ShouldBe("api");
    }

    [Fact]
    public async Task A_documented_token_of_24_letters_is_taken()
    {
        await _database.ApplyAsync("tokens: [{name: docs, token: abcdefghijklmnqrstuvwxyz}]");

        (await FindAsync("abcdefghijklmnqrstuvwxyz")).ShouldBe("docs");
        (await FindAsync("abcdefghijklmnqrstuvwxyZ")).ShouldBeNull();
    }

    [Fact]
    public async Task The_secret_is_nowhere_in_the_tables()
    {
        await _database.ApplyAsync("tokens: [{name: api, token: abcdefghijklmnqrstuvwxyz}]");

        var rows = await _database.ReadAsync(session => session.QueryAsync("SELECT name, hash FROM tokens", row => $"{row.GetString(0)} {row.GetString(1)}", CancellationToken.None), CancellationToken.None);
        rows.ShouldBe(["api c707807f20255aaa26e2b602fd6a454848e2ac7d8b2eb4e9687a7b6cf137a680"]);
    }

    [Fact]
    public async Task A_new_secret_takes_the_place_of_the_old_one()
    {
        await _database.ApplyAsync("tokens: [{name: api, token: the-first-secret-of-api}]");

        var result = await _database.ApplyAsync("tokens: [{name: api, token: the-second-secret-of-api}]");

        result.Changes.ShouldBe(["changed token \"api\""]);
        (await FindAsync("the-first-secret-of-api")).ShouldBeNull();
        (await FindAsync("the-second-secret-of-api")).ShouldBe("api");
    }

    [Fact]
    public async Task Two_tokens_may_swap_their_secrets()
    {
        await _database.ApplyAsync("tokens: [{name: a, token: the-first-secret-of-all}, {name: b, token: the-second-secret-of-all}]");

        var result = await _database.ApplyAsync("tokens: [{name: b, token: the-first-secret-of-all}, {name: a, token: the-second-secret-of-all}]");

        result.Errors.ShouldBeEmpty();
        (await FindAsync("the-first-secret-of-all")).ShouldBe("b");
    }

    [Fact]
    public async Task A_secret_that_another_token_has_is_refused()
    {
        await _database.ApplyAsync("tokens: [{name: a, token: the-first-secret-of-all}]");

        var result = await _database.ApplyAsync("tokens:\n  - {name: b, token: the-first-secret-of-all}");

        result.Errors.Single().ToString().ShouldBe("line 2, column 22: tokens[0].token: is already the secret of the token \"a\"");
    }

    [Fact]
    public async Task A_created_token_works_and_its_name_is_taken()
    {
        var first = await TokenStore.CreateAsync(_database, "cron", TimeProvider.System, CancellationToken.None);
        var second = await TokenStore.CreateAsync(_database, "cron", TimeProvider.System, CancellationToken.None);

        (await FindAsync(first.Token!.Secret)).ShouldBe("cron");
        second.Token.ShouldBeNull();
        second.Refusal.ShouldBe("There is a token \"cron\" already; its secret cannot be shown again. Choose another name.");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    public async Task A_token_needs_a_name_that_can_be_read(string name) =>
        (await TokenStore.CreateAsync(_database, name, TimeProvider.System, CancellationToken.None)).Token.ShouldBeNull();

    private async Task<string?> FindAsync(string secret)
    {
        await using var source = new WorkspaceSource(_database, TimeProvider.System);
        return (await source.FindTokenAsync(secret, CancellationToken.None))?.Name;
    }
}
