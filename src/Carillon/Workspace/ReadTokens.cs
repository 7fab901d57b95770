namespace Carillon.Workspace;

/// <param name="Hash">Null when the file leaves the secret to us.</param>
public sealed record WrittenToken(string Name, string? Hash);

/// <summary>Reads <c>tokens</c>. The secret is hashed at once, so nothing behind this door can give it away.</summary>
public static class ReadTokens
{
    public static WrittenToken Token(MapReader map)
    {
        var name = map.Text("name", 100);
        var secret = map.LongText("token");
        // An empty value is more likely a variable that was not filled in than a wish for a new token.
        if (secret is null && map.Map.Find("token") is YamlText) map.Fail("token", "must not be empty; leave the key out to have a token made");
        if (secret is not null && TokenSecret.FaultOf(secret) is { } fault) map.Fail("token", fault);
        return new WrittenToken(name, secret is null ? null : TokenSecret.HashOf(secret));
    }

    /// <summary>One secret cannot stand for two names: the log and the limits would not know who called.</summary>
    public static void RefuseTwins(IReadOnlyList<Written<WrittenToken>> tokens)
    {
        Dictionary<string, string> names = [];
        foreach (var token in tokens.Where(token => token.Value.Hash is not null))
        {
            if (!names.TryAdd(token.Value.Hash!, token.Value.Name))
                token.Map.Fail("token", $"is the same secret as that of \"{names[token.Value.Hash!]}\"");
        }
    }
}
