namespace Carillon.Workspace;

/// <summary>What a file does to the tokens: given secrets are set, missing ones are made once, existing ones are left alone.</summary>
public sealed class TokenChanges
{
    private readonly List<Token> _toWrite = [];
    private readonly List<NewToken> _made = [];
    private readonly List<string> _words = [];
    private readonly List<WorkspaceError> _errors = [];

    public TokenChanges(WorkspaceModel before, WorkspaceFile file)
    {
        var old = before.TokensByHash.Values.ToDictionary(token => token.Name);
        var staying = old.Values.ExceptBy(file.Tokens.Where(token => token.Value.Hash is not null).Select(token => token.Value.Name), token => token.Name)
            .ToDictionary(token => token.Hash);
        foreach (var token in file.Tokens)
        {
            if (token.Value.Hash is { } hash && staying.TryGetValue(hash, out var twin))
                _errors.Add(token.Error("token", $"is already the secret of the token \"{twin.Name}\""));
            else
                Decide(token.Value, old.GetValueOrDefault(token.Value.Name));
        }
    }

    public IReadOnlyList<Token> ToWrite => _toWrite;
    public IReadOnlyList<NewToken> Made => _made;
    public IReadOnlyList<string> Words => _words;
    public IReadOnlyList<WorkspaceError> Errors => _errors;
    public int Unchanged { get; private set; }

    private void Decide(WrittenToken written, Token? old)
    {
        if (old is not null && (written.Hash is null || written.Hash == old.Hash))
        {
            Unchanged++;
            return;
        }
        _words.Add($"{(old is null ? "created" : "changed")} token \"{written.Name}\"");
        _toWrite.Add(new Token(written.Name, written.Hash ?? Make(written.Name)));
    }

    private string Make(string name)
    {
        var secret = TokenSecret.Make();
        _made.Add(new NewToken(name, secret));
        return TokenSecret.HashOf(secret);
    }
}
