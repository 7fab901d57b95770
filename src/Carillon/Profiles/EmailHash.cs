using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Carillon.Storage;

namespace Carillon.Profiles;

/// <summary>
/// The names that the original gives a profile by its e-mail (normalised: lower case, the domain in ASCII): <c>_md5</c>, 32 hex digits, and <c>_xxh</c>,
/// XXH64 with seed 0 in 16 hex digits. Callers compute them from the e-mail that they have; nothing is kept safe by them.
/// </summary>
public static class EmailHash
{
    /// <summary>The kinds of contacts under which a database with <c>email_hashes</c> keeps them.</summary>
    public const string Md5Kind = "md5";
    public const string XxhKind = "xxh";

    public static string Md5(string email) =>
#pragma warning disable CA5351 // MD5 is the documented format of this field
        Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(email)));
#pragma warning restore CA5351

    public static string Xxh(string email) => XxHash64.Of(email).ToString("x16", CultureInfo.InvariantCulture);

    public static string Of(string kind, string email) => kind == Md5Kind ? Md5(email) : Xxh(email);

    /// <summary>The kind of hash that a text can be, by its length; null when it is none.</summary>
    public static string? KindOf(string text) => !text.All(char.IsAsciiHexDigit) ? null : text.Length switch { 32 => Md5Kind, 16 => XxhKind, _ => null };
}
