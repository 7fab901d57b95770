using System.Security.Cryptography;
using System.Text;

namespace Carillon.Workspace;

/// <summary>The secret text of a token: made, checked and hashed here, and kept nowhere.</summary>
public static class TokenSecret
{
    public const int Shortest = 20, Longest = 256;

    /// <summary>128 random bits as 32 lower-case hex digits.</summary>
    public static string Make() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>SHA-256 of the UTF-8 text in lower-case hex. Tokens are random, so a slow hash would protect nothing.</summary>
    public static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>What is wrong with a secret that a person chose, or null. The sentence does not repeat it.</summary>
    public static string? FaultOf(string secret) => secret switch
    {
        { Length: < Shortest } => $"must have at least {Shortest} characters; leave the key out to have a token made",
        { Length: > Longest } => $"must have at most {Longest} characters",
        _ when !secret.All(letter => letter is > ' ' and <= '~') => "must consist of ASCII letters, digits and signs without spaces",
        _ => null,
    };
}
