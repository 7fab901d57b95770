using Carillon.Storage;

namespace Carillon.Workspace;

/// <summary>Makes single tokens, for <c>carillon token create</c>.</summary>
public static class TokenStore
{
    /// <summary>Makes a token under a new name of 1 to 100 characters on one line. A running server takes it at once.</summary>
    public static Task<TokenCreation> CreateAsync(Database database, string name, TimeProvider time, CancellationToken cancel)
    {
        if (name.Length is 0 or > 100 || name.Any(char.IsControl))
            return Task.FromResult(new TokenCreation(null, "A token's name has 1 to 100 characters on one line."));
        return database.WriteAsync(session => CreateAsync(session, name, time, cancel), cancel);
    }

    private static async Task<TokenCreation> CreateAsync(Session session, string name, TimeProvider time, CancellationToken cancel)
    {
        await WorkspaceTables.HoldAsync(session, cancel);
        var before = await WorkspaceTables.LoadAsync(session, cancel);
        if (before.TokensByHash.Values.Any(token => token.Name == name))
            return new TokenCreation(null, $"There is a token \"{name}\" already; its secret cannot be shown again. Choose another name.");
        var secret = TokenSecret.Make();
        await WorkspaceTables.SaveTokensAsync(session, [new Token(name, TokenSecret.HashOf(secret))], time, cancel);
        await WorkspaceTables.SaveVersionAsync(session, before.Version + 1, cancel);
        return new TokenCreation(new NewToken(name, secret), null);
    }
}

/// <summary>Either the token, whose secret can be read only here, or the reason why there is none.</summary>
public sealed record TokenCreation(NewToken? Token, string? Refusal);
